"""Small Parquet files written as one: the same rows in the same order, compared afterwards."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from framework.audit.identical import are_same_rows
from framework.environment.location import Location
from framework.environment.objects import put_object, read_object
from framework.errors import FailedError, RetryError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import FileMetaData, ParquetFile

_GROUP = 64 * 1024 * 1024
"""Bytes of rows in memory that make a row group."""
# Spark's marks of files whose days before 1582 have other numbers: the rows would be read otherwise.
_LEGACY = (b"org.apache.spark.legacyDateTime", b"org.apache.spark.legacyINT96")


class UnlikeError(Exception):
    """The files cannot be one: their columns differ, or they are of an old calendar."""


def rewrite(
    location: Location, paths: Sequence[str], path: str, *, partition: Mapping[str, str | None]
) -> "tuple[int, FileMetaData]":
    """Write the rows of the files at `paths` as one file, and look at it; its bytes and its footer.

    A column that a file lacks, because it was added later, is NULL. `partition`: columns that another
    writer may have left out of its files, since the table tells their value. Raises `UnlikeError` when
    the files cannot be joined, `RetryError` when one is gone, `FailedError` when the rows that are read
    back are others.
    """
    import pyarrow.parquet as pq

    files = [_open(location, each) for each in paths]
    schema = _joined([file.schema_arrow for file in files], set(partition))
    content = BytesIO()
    codec = files[0].metadata.row_group(0).column(0).compression if files[0].num_row_groups else "SNAPPY"
    with pq.ParquetWriter(
        content,
        schema,
        compression=codec.lower() if codec != "UNCOMPRESSED" else "none",
        store_schema=False,
        store_decimal_as_integer=True,
        write_page_checksum=True,  # flipped bytes are seen when they are read
    ) as writer:
        for table in _groups(files, schema):
            writer.write_table(table)
    put_object(location, path, content.getvalue())
    written = _open(location, path)
    if not are_same_rows(_rows(files, schema), _rows([written], schema)):
        raise FailedError(
            "the rows of the new file are not those of the old ones", where=f"{location.uri}/{path}"
        )
    return len(content.getvalue()), written.metadata


def _open(location: Location, path: str) -> "ParquetFile":
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = read_object(location, path)
    if content is None:
        raise RetryError(f"{path} is gone", where=location.uri, hint="Try again.")
    return pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)


def _joined(schemas: "Sequence[pa.Schema]", partition: set[str]) -> "pa.Schema":
    """The columns of all files, with Spark's marks of the first."""
    import pyarrow as pa

    marks = schemas[0].metadata or {}
    if any(mark in (schema.metadata or {}) for mark in _LEGACY for schema in schemas):
        raise UnlikeError
    fields: dict[str, pa.Field] = {}
    for schema in schemas:
        for field in schema:
            plain = pa.field(field.name, field.type)
            # Nanoseconds are how INT96 is read; they would be written as another type.
            if fields.setdefault(field.name, plain) != plain or "[ns" in str(field.type):
                raise UnlikeError
    names = [set(schema.names) for schema in schemas]
    if any((name in own) != (name in names[0]) for own in names for name in partition):
        raise UnlikeError
    return pa.schema(list(fields.values()), metadata={k: v for k, v in marks.items() if k != b"ARROW:schema"})


def _groups(files: "Sequence[ParquetFile]", schema: "pa.Schema") -> "Iterator[pa.Table]":
    """The rows in pieces that are large enough for a row group."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    for table in _rows(files, schema):
        waiting.append(table)
        if sum(each.nbytes for each in waiting) >= _GROUP:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _rows(files: "Sequence[ParquetFile]", schema: "pa.Schema") -> "Iterator[pa.Table]":
    """The rows of files, one after the other, with all columns of `schema`."""
    import pyarrow as pa

    for file in files:
        for batch in file.iter_batches():
            columns = [
                batch.column(field.name)
                if field.name in batch.schema.names
                else pa.nulls(batch.num_rows, field.type)
                for field in schema
            ]
            yield pa.table([_plain(c, f) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _plain(column: "pa.Array", field: "pa.Field") -> "pa.Array":
    """Without what does not make another value: names and ids of inner fields."""
    return column if column.type == field.type else column.cast(field.type)
