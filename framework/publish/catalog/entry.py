"""What a catalog is to say of a table: columns, partition keys, the folder of each partition. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from framework.contract.types import Output
from framework.errors import RetryError
from framework.interval import Interval
from framework.tables.parquet.pointer import Pointer
from framework.tables.parquet.table import PointerTable

INTERVAL = "sparkjob_interval"
"""Partition key of a table whose own partition columns do not say the interval."""

NULL = "__HIVE_DEFAULT_PARTITION__"
NOWHERE = "_versions/_none"
"""Where the rows of a table without any are."""

_HIVE = {
    "byte": "tinyint",
    "short": "smallint",
    "integer": "int",
    "long": "bigint",
    "timestamp_ntz": "timestamp",
}
_KEY_TYPES = ("date", "string", "tinyint", "smallint", "int", "bigint", "boolean")

Values = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A table of Parquet files as a catalog has it: (name, Hive type) of columns and partition keys.

    `id` is new for each creation of the table. `by_day`: the first key is a DATE by which intervals
    are told apart; else it is `INTERVAL`, or there is one interval, the whole table.
    """

    id: str
    root: str
    columns: tuple[tuple[str, str], ...]
    keys: tuple[tuple[str, str], ...]
    by_day: bool = False

    def range_of(self, interval: Interval) -> tuple[str, str] | None:
        """The first and the last value of the first key in an interval; None: all values."""
        if interval.is_whole:
            return None
        if self.by_day:
            return interval.first_day.isoformat(), interval.last_day.isoformat()
        return interval.label, interval.label

    def holds(self, interval: Interval, values: Values) -> bool:
        """Whether a partition belongs to the interval."""
        span = self.range_of(interval)
        return span is None or span[0] <= values[0] <= span[1]


def build_entry(table: PointerTable, schema: str) -> Entry:
    """The entry of a table with the columns of `schema`, Spark's JSON document."""
    types = {str(field["name"]): hive_type(field["type"]) for field in json.loads(schema)["fields"]}
    dated = [name for name in table.partition_by if name == table.time and types.get(name) == "date"]
    others = [name for name in table.partition_by if name not in dated]
    keys = [(name, types[name]) for name in (*dated, *others)]
    if table.grain != "whole" and not dated:
        keys.insert(0, (INTERVAL, "string"))
    named = {name for name, _ in keys}
    return Entry(
        id=table.id,
        root=table.location.uri if table.location.is_s3 else table.location.for_spark,
        columns=tuple((name, type_) for name, type_ in types.items() if name not in named),
        keys=tuple(keys),
        by_day=bool(dated),
    )


def hive_type(spark: object) -> str:
    """A type of Spark's JSON schema document as Hive, Glue and Athena write it."""
    match spark:
        case {"type": "struct", "fields": fields}:
            inside = ",".join(f"{each['name']}:{hive_type(each['type'])}" for each in fields)
            return f"struct<{inside}>"
        case {"type": "array", "elementType": element}:
            return f"array<{hive_type(element)}>"
        case {"type": "map", "keyType": key, "valueType": value}:
            return f"map<{hive_type(key)},{hive_type(value)}>"
        case _:
            return _HIVE.get(str(spark), str(spark))


def key_faults(output: Output) -> list[str]:
    """Partition columns of a Parquet output that a catalog cannot have as keys."""
    columns = [output.schema.find(name) for name in output.partition_columns] if output.schema else []
    return [
        f"a catalog has no partitions by {column.name}, which is {column.type.upper()}"
        for column in columns
        if column is not None and column.type not in _KEY_TYPES
    ]


def locate(entry: Entry, interval: Interval, pointer: Pointer) -> Mapping[Values, str]:
    """The folder of each partition of one interval, relative to the table.

    Raises `RetryError` when the files of a partition are in more than one.
    """
    found: dict[Values, set[str]] = {}
    for file in pointer.files:
        values = tuple(
            interval.label if name == INTERVAL else file.partition.get(name) or NULL for name, _ in entry.keys
        )
        found.setdefault(values, set()).add(file.path.rpartition("/")[0])
    apart = [values for values, folders in found.items() if len(folders) != 1]
    if apart:
        raise RetryError(
            f"the files of the partition {'/'.join(apart[0])} are in {len(found[apart[0]])} folders, "
            "and a catalog can show one",
            where=entry.root,
            hint="NULL and an empty text are one partition of a catalog; else run the interval with --force.",
        )
    return {values: folders.pop() for values, folders in found.items()}


def stale(
    entry: Entry, intervals: Iterable[Interval], there: Mapping[Values, str], wanted: Mapping[Values, str]
) -> list[Values]:
    """Partitions of these intervals that the catalog has and the table has no more."""
    asked = list(intervals)
    return [
        values
        for values in there
        if values not in wanted and any(entry.holds(interval, values) for interval in asked)
    ]
