"""Plain CSV, JSON and Parquet files of a source: pinned by listing, read so that damage is an error."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from framework.contract.datatype import identifier
from framework.contract.suggest import suggest
from framework.contract.types import Input
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.environment.objects import store_errors
from framework.errors import Fault, MisconfiguredError, RejectedError, RetryError, SparkjobError
from framework.generation import FileVersion, Generation, Pin
from framework.interval import WHOLE, Interval
from framework.tables.contents import Contents
from framework.tables.headers import compare_header, read_header
from framework.tables.listing import list_files, list_landed
from framework.tables.protocol import ALL_ROWS, Reading

if TYPE_CHECKING:
    from pyarrow import Schema as ArrowSchema
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

_STRICT = {
    "mode": "FAILFAST",
    "enforceSchema": "false",
    "ignoreCorruptFiles": "false",
    "ignoreMissingFiles": "false",
}
_OURS = {
    *(name.lower() for name in _STRICT),
    *("columnpruning", "inferschema", "pathglobfilter", "recursivefilelookup", "mergeschema"),
    *("modifiedbefore", "modifiedafter", "columnnameofcorruptrecord"),
}
"""Reader options that a binding must not say: they decide whether damage is seen, or which files."""


_TAIL = 1 << 16
"""Bytes at a Parquet file's end in which its footer is looked for first."""


class FilesReader:
    """Reads the files of a source. Nobody publishes to them, so they have no generations.

    Damage is `RejectedError` (65: the data broke a rule, trying again does not help), found here
    on the driver where a header or a footer shows it, and else by Spark while it reads; see
    `stage.damage`, which gives Spark's error without the row that is in it. Flipped bytes in
    Parquet are seen when the file's writer kept page checksums (Spark, pyarrow on demand).
    """

    def published(self, binding: Binding, intervals: Iterable[Interval]) -> Mapping[Interval, Generation]:
        """Nothing: plain files are a source."""
        del binding, intervals
        return {}

    def pin(self, binding: Binding, intervals: Iterable[Interval]) -> Pin:
        """The files that are there now, with their sizes and version tags.

        `intervals`: of files that land one by one, the stretches of time to look at; none for all.
        """
        if binding.landing is None:
            files = list_files(binding.location)
            return Pin(dataset=binding.dataset, exists=bool(files), files=files)
        files, landed = list_landed(binding.location, binding.landing, intervals)
        exists = landed.is_ready(WHOLE, files)
        return Pin(dataset=binding.dataset, exists=exists, version="no files", files=files, landed=landed)

    def contents(self, binding: Binding, intervals: Iterable[Interval]) -> Contents | None:
        """Nothing: no job of ours makes plain files."""
        del binding, intervals
        return None

    def scan(
        self,
        spark: "SparkSession",
        binding: Binding,
        pin: Pin,
        declared: Input,
        reading: Reading = ALL_ROWS,  # noqa: ARG002 - the protocol's
    ) -> "DataFrame":
        """All columns of exactly the pinned files; all STRING for CSV without a declared schema.

        Raises `RejectedError` for damaged files, `RetryError` when a file changed after it was
        pinned, `MisconfiguredError` for options or a declaration by which files cannot be read.
        """
        _require_unchanged(binding, pin, self)
        options = _checked_options(binding, declared)
        schema = _struct(declared)
        if not pin.files:
            return _no_rows(spark, binding, declared, schema)
        match binding.format:
            case "csv":
                schema = _csv_schema(binding, pin, options, schema)
            case "parquet":
                _require_footers(binding, pin, schema)
            case _:
                pass
        reader = spark.read.format(binding.format).options(**{**binding.options, **_STRICT})
        if schema is not None:
            reader = reader.schema(schema)
        # Names are names: a `[` in one is no pattern.
        paths = [_place(binding, file).for_spark for file in pin.files]
        frame = reader.option("__globPaths__", "false").load(paths)
        return frame if binding.format == "parquet" else _whole_rows(frame)


def _whole_rows(frame: "DataFrame") -> "DataFrame":
    """`frame` with a condition that always holds and names every column.

    Spark's text readers convert only the columns that a query needs, so that a malformed value
    elsewhere in the row would pass. Left to itself the optimizer would drop the other columns.
    """
    from functools import reduce

    from pyspark.sql import functions as F

    nothing = reduce(
        lambda left, right: left & right, (F.col(identifier(name)).isNull() for name in frame.columns)
    )
    return frame.where(~(nothing & (F.spark_partition_id() < 0)))


def _checked_options(binding: Binding, declared: Input) -> dict[str, str]:
    options = {key.lower(): value for key, value in binding.options.items()}
    faults = [
        Fault(
            what=f"{binding.dataset}: the option {key} is not for a configuration to set", where=binding.where
        )
        for key in binding.options
        if key.lower() in _OURS
    ]
    if binding.format == "csv" and options.get("header") not in ("true", "false"):
        faults.append(
            Fault(
                what=f"{binding.dataset}: CSV needs the option header",
                where=binding.where,
                hint="Write options: {header: true}, or false and a schema on the Input.",
            )
        )
    if declared.schema is None and (binding.format == "json" or options.get("header") == "false"):
        what = "JSON" if binding.format == "json" else "CSV without a header"
        faults.append(
            Fault(
                what=f"{binding.dataset}: {what} needs a schema",
                where=declared.where,
                hint=f'Input("{binding.dataset}", schema="…")',
            )
        )
    if faults:
        raise MisconfiguredError(faults)
    return options


def _no_rows(
    spark: "SparkSession", binding: Binding, declared: Input, schema: "StructType | None"
) -> "DataFrame":
    """Files that land one by one, of which none has to be there."""
    if schema is None:
        raise MisconfiguredError(
            f"{binding.dataset}: no file has landed, so that nobody knows its columns",
            where=declared.where,
            hint=f'Input("{binding.dataset}", schema="…")',
        )
    return spark.createDataFrame([], schema)


def _require_unchanged(binding: Binding, pin: Pin, reader: FilesReader) -> None:
    now = set(reader.pin(binding, [file.span for file in pin.files if file.span is not None]).files)
    changed = [file for file in pin.files if file not in now]
    if changed:
        raise RetryError(
            [
                Fault(what=f"{binding.dataset}: changed or gone since it was planned", where=f.uri)
                for f in changed
            ]
        )


def _csv_schema(
    binding: Binding, pin: Pin, options: Mapping[str, str], schema: "StructType | None"
) -> "StructType":
    from pyspark.sql.types import StringType, StructField, StructType

    if options["header"] == "false":
        assert schema is not None
        return schema
    headers = [(file, read_header(_place(binding, file), options)) for file in pin.files]
    wanted = schema.names if schema is not None else next((list(h) for _, h in headers if h), [])
    faults = [compare_header(file, header, wanted) for file, header in headers]
    _reject(binding, [fault for fault in faults if fault is not None])
    if schema is not None:
        return schema
    return StructType([StructField(name, StringType()) for name in wanted])


def _require_footers(binding: Binding, pin: Pin, schema: "StructType | None") -> None:
    """Every file has a footer and all columns.

    Spark reads an empty file as no rows, and a column that a file does not have as NULL.
    """
    faults: list[Fault] = []
    first: ArrowSchema | None = None
    for file in pin.files:
        try:
            found = _footer(_place(binding, file), file.size)
        except SparkjobError:
            raise
        except Exception as error:  # noqa: BLE001  # pyarrow raises its own, OSError and ValueError
            what = f"not a whole Parquet file ({type(error).__name__})" if file.size else "an empty file"
            faults.append(Fault(what=what, where=file.uri, hint="Write the file anew, then run again."))
            continue
        first = first or found
        wanted = first.names if schema is None else schema.names
        faults += [
            Fault(
                what=f'no column "{name}"',
                where=file.uri,
                hint=suggest(name, found.names, kind="Columns"),
            )
            for name in wanted
            if name not in found.names
        ]
        if schema is None and not found.equals(first) and set(wanted) <= set(found.names):
            faults.append(
                Fault(
                    what="columns or types unlike those of the other files",
                    where=file.uri,
                    hint=f"Compared with {pin.files[0].uri}; declare a schema on the Input.",
                )
            )
    _reject(binding, faults)


def _footer(place: Location, size: int) -> "ArrowSchema":
    import obstore
    import pyarrow.parquet as pq

    folder = place.parent
    assert folder is not None
    if size == 0:
        raise ValueError("no bytes")
    with store_errors(place):
        end = bytes(obstore.get_range(folder.store(), place.name, start=max(0, size - _TAIL), end=size))
        length = int.from_bytes(end[-8:-4], "little") + 8
        if len(end) < length <= size:
            end = bytes(obstore.get_range(folder.store(), place.name, start=size - length, end=size))
    return pq.read_metadata(BytesIO(end)).schema.to_arrow_schema().remove_metadata()


def _reject(binding: Binding, faults: Sequence[Fault]) -> None:
    if faults:
        raise RejectedError(
            [Fault(what=f"{binding.dataset}: {f.what}", where=f.where, hint=f.hint) for f in faults]
        )


def _struct(declared: Input) -> "StructType | None":
    from pyspark.sql.types import StructType

    return None if declared.schema is None else StructType.fromJson(dict(declared.schema.to_json()))


def _place(binding: Binding, file: FileVersion) -> Location:
    return Location(uri=file.uri, options=binding.location.options)
