"""COPY of Parquet from S3 into a PostgreSQL session, with Redshift's strictness and words."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from tests.redshift.rig.literals import LITERAL, TABLE, column_names, s3_place, unquoted
from tests.redshift.rig.wire import Refusal, Upstream

_COPY = re.compile(
    rf"^copy\s+(?P<table>{TABLE})\s*(?:\((?P<columns>.*?)\))?\s*from\s+(?P<source>{LITERAL})(?P<options>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_NOT_WITH_PARQUET = re.compile(
    r"\b(delimiter|gzip|lzop|bzip2|zstd|region|maxerror|acceptanydate|dateformat|timeformat|null\s+as"
    r"|emptyasnull|blanksasnull|truncatecolumns|ignoreheader|escape|removequotes|compupdate|encrypted)\b",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(r"\b(iam_role|credentials|access_key_id)\b", re.IGNORECASE)
_COLUMNS = """select attname, coalesce(nullif(typbasetype, 0), atttypid)::int, atttypmod,
format_type(atttypid, atttypmod) from pg_attribute join pg_type t on t.oid = atttypid
where attrelid = '{}'::regclass and attnum > 0 and not attisdropped order by attnum"""
_FITS = {
    16: pa.types.is_boolean,
    17: pa.types.is_binary,
    20: pa.types.is_int64,
    21: lambda kind: pa.types.is_int16(kind) or pa.types.is_int32(kind),
    23: pa.types.is_int32,
    25: pa.types.is_string,
    700: pa.types.is_float32,
    701: pa.types.is_float64,
    1042: pa.types.is_string,
    1043: pa.types.is_string,
    1082: pa.types.is_date32,
    1114: pa.types.is_timestamp,
    1184: pa.types.is_timestamp,
    1700: pa.types.is_decimal,
    3802: pa.types.is_nested,
}
"""By the oid of PostgreSQL's type: the Parquet types that Redshift takes for it."""
_LINE = "-" * 47


def spectrum(
    reason: str, code: int = 15001, *, file: str = "", column: str = "", title: str = "Spectrum Scan Error"
) -> Refusal:
    """An error of the layer that reads Parquet."""
    detail = (
        f"\n  {_LINE}\n  error:  {title}\n  code:      {code}\n  context:   {reason}\n  query:     1\n"
        f"  location:  dory_util.cpp:1\n  process:   worker_thread [pid=1]\n  {_LINE}\n"
    )
    return Refusal("XX000", title, detail, file=file, column=column, code=code, reason=reason)


def copy(up: Upstream, s3: Any, sql: str) -> int:
    """Load the files; the number of rows. Raises `Refusal`."""
    said = _COPY.match(sql)
    if said is None:
        raise Refusal("42601", 'syntax error at or near "COPY"')
    bare = re.sub(LITERAL, "''", said["options"])
    if not re.search(r"(?i)\bparquet\b", bare):
        raise Refusal("0A000", "the stand-in only does FORMAT AS PARQUET")
    if not _CREDENTIALS.search(bare):
        raise Refusal("42601", "S3 COPY needs IAM_ROLE or CREDENTIALS")
    if found := _NOT_WITH_PARQUET.search(bare):
        raise Refusal("0A000", f"{found[0].upper()} argument is not supported for PARQUET based COPY")
    columns = _columns(up, said["table"], said["columns"])
    serialize = bool(re.search(r"(?i)\bserializetojson\b", bare))
    data, count = io.BytesIO(), 0
    bucket, key = s3_place(unquoted(said["source"]))
    for file, body in _objects(s3, bucket, key, manifest=bool(re.search(r"(?i)\bmanifest\b", bare))):
        try:
            rows = pq.read_table(io.BytesIO(body))
        except (pa.ArrowInvalid, OSError) as why:
            # It quotes what it has read.
            reason = f"File '{file}' has an invalid version number: {body[:4].decode(errors='replace')}"
            raise spectrum(reason, file=file) from why
        written = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid")
        pyarrow.csv.write_csv(_checked(rows, columns, file, serialize=serialize), data, written)
        count += rows.num_rows
    names = ", ".join('"{}"'.format(str(each[0]).replace('"', '""')) for each in columns)
    up.query(f"COPY {said['table']} ({names}) FROM STDIN (FORMAT csv)", data.getvalue())
    up.query(f"SELECT set_config('rs.copied', '{count}', false)")
    return count


_Column = tuple[str, int, int, str]


def _columns(up: Upstream, table: str, wanted: str | None) -> list[_Column]:
    try:
        rows = up.query(_COLUMNS.format(table.replace("'", "''"))).rows
    except Refusal as refusal:
        if refusal.state == "42P01":
            raise Refusal("XX000", f"Cannot COPY into nonexistent table {table}") from None
        raise
    columns = [(str(name), int(str(oid)), int(str(mod)), str(text)) for name, oid, mod, text in rows]
    if wanted is None:
        return columns
    by_name = {column[0]: column for column in columns}
    return [by_name[name] for name in column_names(wanted)]


def _objects(s3: Any, bucket: str, key: str, *, manifest: bool) -> Iterator[tuple[str, bytes]]:
    entries = _manifest(s3, bucket, key) if manifest else _below(s3, bucket, key)
    for from_bucket, each, mandatory, length in entries:
        file = f"https://s3.amazonaws.com/{from_bucket}/{each}"
        try:
            body = s3.get_object(Bucket=from_bucket, Key=each)["Body"].read()
        except s3.exceptions.NoSuchKey:
            if mandatory:
                raise spectrum(f"File '{file}' does not exist", file=file) from None
            continue
        if length is not None and length > len(body):
            reason = (
                "HTTP response error code: 416 Message: InvalidRange The requested range is not satisfiable"
            )
            raise spectrum(reason, file=file)
        yield file, body if length is None else body[:length]


_Entry = tuple[str, str, bool, int | None]


def _below(s3: Any, bucket: str, prefix: str) -> list[_Entry]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    if not keys:
        raise Refusal("XX000", f"The specified S3 prefix '{prefix}' does not exist")
    return [(bucket, key, True, None) for key in keys]


def _manifest(s3: Any, bucket: str, key: str) -> list[_Entry]:
    try:
        listed = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())["entries"]
    except s3.exceptions.NoSuchKey:
        raise spectrum(f"Manifest file does not exist: s3://{bucket}/{key}", 15003) from None
    entries: list[_Entry] = []
    for entry in listed:
        if "content_length" not in entry.get("meta", {}):
            raise spectrum("", 15003, file=entry["url"], title="File entry does not have 'meta' key.")
        mandatory = bool(entry.get("mandatory", False))
        entries.append((*s3_place(entry["url"]), mandatory, entry["meta"]["content_length"]))
    return entries


def _checked(rows: pa.Table, columns: list[_Column], file: str, *, serialize: bool) -> pa.Table:
    """The rows as COPY's CSV has them. Raises what Redshift says of files that do not fit."""
    if len(rows.column_names) != len(columns):
        raise spectrum(
            "Unmatched number of columns between table and file. "
            f"Table columns: {len(columns)}, Data columns: {len(rows.column_names)}, File name: {file}",
            15007,
            file=file,
        )
    pairs = zip(columns, rows.schema, rows.columns, strict=True)
    arrays = [_array(column, field, values, file, serialize=serialize) for column, field, values in pairs]
    return pa.table(arrays, names=[f"c{number}" for number in range(len(arrays))])


def _array(
    column: _Column, field: pa.Field, values: pa.ChunkedArray, file: str, *, serialize: bool
) -> pa.ChunkedArray | pa.Array:
    _, oid, modifier, typename = column
    kind = field.type
    fits = _FITS.get(oid, lambda _: False)(kind)
    if fits and oid == 1700 and modifier > 0:
        fits = (kind.precision, kind.scale) == ((modifier - 4) >> 16, (modifier - 4) & 0xFFFF)
    if fits and oid == 3802:
        fits = serialize
    if not fits:
        raise spectrum(
            f"File '{file}' has an incompatible Parquet schema for column '{file}.{field.name}'. "
            f"Column type: {typename.upper()}, Parquet schema:\\noptional {kind} {field.name}",
            15007,
            file=file,
            column=field.name,
        )
    if oid in (1042, 1043) and modifier > 4:
        longest = pc.max(pc.binary_length(values)).as_py() or 0
        if longest > modifier - 4:
            raise spectrum(
                f"The length of the data column {field.name} is longer than the length defined in the table. "
                f"Table: {modifier - 4}, Data: {longest}, File name: {file}",
                file=file,
                column=field.name,
            )
    if pa.types.is_timestamp(kind):
        return values.cast(pa.timestamp("us", kind.tz), safe=False)
    if oid == 17:
        return pa.array([None if v is None else "\\x" + v.hex() for v in values.to_pylist()], pa.string())
    if oid == 3802:
        texts = [None if v is None else json.dumps(_plain(v), default=str) for v in values.to_pylist()]
        return pa.array(texts, pa.string())
    return values


def _plain(value: object) -> object:
    """A nested value as SERIALIZETOJSON writes it: a map as an object."""
    if isinstance(value, list) and value and all(isinstance(each, tuple) for each in value):
        return {str(key): _plain(item) for key, item in value}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
