"""What a Delta log says exactly of the rows of live files: counts, and bounds of whole numbers and dates.

Statistics of a file are "Per-file Statistics" of Delta's protocol; `numRecords` and `nullCount` are
exact there for files without a deletion vector. Bounds are used of integers and dates alone: engines
may cut strings and round timestamps to milliseconds, and leave NaN out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from framework.contract.argument import Value
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.generation import Pin
from framework.interval import Interval
from framework.tables.contents import Contents
from framework.tables.delta.generations import read_numbers
from framework.tables.delta.handle import table_errors
from framework.tables.delta.live import LiveFile, attribute, layout_of
from framework.tables.delta.log import Log
from framework.tables.delta.snapshot import add_actions, live_files

if TYPE_CHECKING:
    from deltalake import DeltaTable

_Stated = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Described:
    """What the log says of one file; columns by name. A partition column has one value."""

    rows: int | None
    nulls: _Stated
    lowest: _Stated
    highest: _Stated
    partition: _Stated


@dataclass(frozen=True)
class LogStatistics:
    """`checks.measure.Statistics` of some files of a table."""

    files: Sequence[Described]
    rows: int

    def nulls(self, column: str) -> int | None:
        """Exact number of NULLs; None when a file does not say."""
        total = 0
        for file in self.files:
            count = _nulls(file, column)
            if count is None:
                return None
            total += count
        return total

    def bounds(self, column: str) -> tuple[Value, Value] | None:
        """Exact smallest and largest value of an integer or DATE column."""
        lowest: list[object] = []
        highest: list[object] = []
        for file in self.files:
            count = _nulls(file, column)
            if count == file.rows:
                continue
            constant = file.partition if column in file.partition else None
            lowest.append((constant or file.lowest).get(column))
            highest.append((constant or file.highest).get(column))
            if count is None or not {type(lowest[-1]), type(highest[-1])} <= {int, date}:
                return None
        return (min(lowest), max(highest)) if lowest else None  # type: ignore[type-var, return-value]  # of one type


def read_contents(table: "DeltaTable", binding: Binding, intervals: Iterable[Interval]) -> Contents:
    """The contents at the handle's version. Raises `MisconfiguredError` as `live.attribute` does.

    Where rows are merged, the rows of no interval are told apart.
    """
    asked = tuple(intervals)
    location = binding.location
    files = live_files(table, location)
    merged = layout_of(table) == "merged"
    live = {} if merged else attribute(files, asked, layout_of(table), location)
    taken = {file.path for each in live.values() for file in each}
    stated = described_files(table, location)
    published = read_numbers(Log(location, table.version()), binding.dataset, asked)
    return Contents(
        pin=Pin(
            dataset=binding.dataset,
            exists=True,
            table_id=str(table.metadata().id),
            read_version=table.version(),
        ),
        of={i: None if merged else _statistics(live[i], stated) for i in published},
        rest=_statistics([file for file in files if file.path not in taken], stated),
    )


def described_files(table: "DeltaTable", location: Location) -> Mapping[str, Described]:
    """What the log says of each live file, by path."""
    with table_errors(location):
        return {str(row["path"]): _described(row) for row in add_actions(table).to_pylist()}


def _statistics(files: Sequence[LiveFile], stated: Mapping[str, Described]) -> LogStatistics | None:
    described = [stated[file.path] for file in files]
    counts = [each.rows for each in described if each.rows is not None]
    if len(counts) < len(files) or any(file.deleted for file in files):
        return None
    return LogStatistics(described, sum(counts))


def _described(row: Mapping[str, object]) -> Described:
    def stated(name: str) -> _Stated:
        value = row.get(name)
        return value if isinstance(value, Mapping) else {}

    rows = row["num_records"]
    return Described(
        rows=rows if isinstance(rows, int) else None,
        nulls=stated("null_count"),
        lowest=stated("min"),
        highest=stated("max"),
        partition=stated("partition"),
    )


def _nulls(file: Described, column: str) -> int | None:
    if column in file.partition:
        return file.rows if file.partition[column] is None else 0
    count = file.nulls.get(column)
    return count if isinstance(count, int) else None
