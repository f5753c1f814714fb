"""Delta's file statistics, from Parquet footers: by whitelist, because a wrong one hides rows.

Readers skip a file when its bounds exclude a filter, and answer `count(*)`, `min` and `max` from
the log alone. So a bound is written only where the footer's is known to be right and where both
delta-spark and deltalake read back the very value:

- integers, booleans, dates, timestamps in µs and decimals: as they are
- strings: as they are up to 32 characters; longer ones cut, the maximum with a tie-breaker
- floating point: never, because a footer does not tell whether there is a NaN
- binary, nested types, timestamps without zone, INT96, nanoseconds: never

**All bounds or none**: where one column of a file has bounds and another has none,
`deltalake.DeltaTable.to_pyarrow_dataset` (1.6.6) takes the missing one for NULL and skips the file
for every filter on that column. A table that names the columns with bounds in
`delta.dataSkippingStatsColumns` is read right: see `render_indexed`.

The format is "Per-file Statistics" of Delta's protocol
(https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics).
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from framework.contract.datatype import identifier
from framework.contract.schema import Column, Schema
from framework.publish.delta.bounds import Leaf, is_bounded, render_bounds

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData

STATISTICS_COLUMNS: Final = "delta.dataSkippingStatsColumns"
"""The table property that says which columns have statistics; without it the first 32 leaves."""

_LIMIT = 32
_NAME = re.compile(r"\s*(?:`((?:[^`]|``)+)`|([^,`]+?))\s*(?:,|$)")
# Spark's marks of a file in the hybrid Julian calendar, where days before 1582 have other numbers.
_LEGACY_CALENDAR = (b"org.apache.spark.legacyDateTime", b"org.apache.spark.legacyINT96")


def render_indexed(schema: Schema, *, partition_columns: Collection[str]) -> str:
    """The value of `delta.dataSkippingStatsColumns` for a new table; "" when no column is fit for it.

    The first 32 columns whose bounds every writer writes (booleans have none from delta-spark).
    """
    names = [c.name for c in schema.columns if c.name not in partition_columns and is_bounded(c.type)]
    return ",".join(identifier(name) for name in names[:_LIMIT])


@cache
def parse_indexed(text: str) -> tuple[str, ...]:
    """The column names in a value of `delta.dataSkippingStatsColumns`."""
    return tuple((quoted or plain).replace("``", "`") for quoted, plain in _NAME.findall(text))


def file_statistics(
    footer: "FileMetaData",
    schema: Schema,
    *,
    partition_columns: Collection[str],
    indexed: str | None = None,
) -> str:
    """The JSON text for an AddAction's `stats`, of a file with this footer in a table of `schema`.

    `numRecords` is always there and exact. `nullCount`, `minValues` and `maxValues` hold the
    columns that the whitelist and the footer allow; a column that the file lacks is all NULL.
    Partition columns have none: their values are in the log already. `indexed` is the table's
    `delta.dataSkippingStatsColumns`, None when it has none.
    """
    columns = [column for column in schema.columns if column.name not in partition_columns]
    if indexed is None:
        columns = columns[:_LIMIT]
    else:
        names = parse_indexed(indexed)
        columns = [column for column in columns if column.name in names]
    counts, bounds = _column_statistics(footer, columns)
    members = {"numRecords": str(footer.num_rows)}
    if bounds:  # an empty object is a NULL bound of every column to deltalake
        members["minValues"] = _object({name: low for name, (low, _) in bounds.items()})
        members["maxValues"] = _object({name: high for name, (_, high) in bounds.items()})
    members["nullCount"] = _object({name: str(count) for name, count in counts.items()})
    return _object(members)


def _column_statistics(
    footer: "FileMetaData", columns: Collection[Column]
) -> tuple[dict[str, int], dict[str, tuple[str, str]]]:
    leaves = dict(_leaves(footer, {column.name for column in columns}))
    legacy = any(mark in (footer.metadata or {}) for mark in _LEGACY_CALENDAR)
    counts: dict[str, int] = {}
    bounds: dict[str, tuple[str, str]] = {}
    for column in columns:
        leaf = leaves.get(column.name)
        if leaf is not None:
            count = leaf.null_count
        else:
            count = footer.num_rows if _is_absent(column, footer) else None
        if count is not None:
            counts[column.name] = count
        if leaf is not None and count is not None and not (legacy and column.type in ("date", "timestamp")):
            found = render_bounds(column.type, leaf)
            if found is not None:
                bounds[column.name] = found
    open_ = (c for c in columns if c.name not in bounds and counts.get(c.name) != footer.num_rows)
    return counts, {} if any(_is_compared(column) for column in open_) else bounds


def _leaves(footer: "FileMetaData", names: Collection[str]) -> Iterator[tuple[str, Leaf]]:
    groups = [
        group for number in range(footer.num_row_groups) if (group := footer.row_group(number)).num_rows
    ]
    for index in range(footer.num_columns):
        column = footer.schema.column(index)
        if column.name not in names:
            continue
        # The path of a struct's field has its parents in it; that of a column "a.b" has not.
        if column.path != column.name or column.max_repetition_level:
            continue
        leaf = Leaf(
            physical=column.physical_type,
            logical=_logical(column.logical_type.to_json()),
            required=column.max_definition_level == 0,
            groups=tuple((group.num_rows, group.column(index).statistics) for group in groups),
        )
        yield column.name, leaf


@cache
def _logical(text: str) -> Mapping[str, object]:
    found: dict[str, object] = json.loads(text)
    return found


def _is_absent(column: Column, footer: "FileMetaData") -> bool:
    if column.type.startswith(("array<", "map<", "struct<")):
        return False
    # Spark finds a column in another case, deltalake does not: nothing is known of such a one.
    name = column.name.casefold()
    paths = (footer.schema.column(index).path for index in range(footer.num_columns))
    return not any(f"{path.casefold()}.".startswith(f"{name}.") for path in paths)


def _is_compared(column: Column) -> bool:
    # deltalake's bounds leave these types out, so that a missing bound is none to it.
    return not (column.type == "binary" or column.type.startswith(("array<", "map<")))


def _object(members: Mapping[str, str]) -> str:
    """A JSON object of members that are JSON text already, so that numbers stay as written."""
    return "{" + ",".join(f"{_key(name)}:{text}" for name, text in members.items()) + "}"


@cache
def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
