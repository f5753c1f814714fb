"""To which interval a live file belongs, and one number for a set of them.

The rules of attribution:

1. A table without intervals: every live file belongs to `WHOLE`.
2. A table partitioned by its DATE time column: by the partition's day, in the calendar of the
   interval's zone, whoever wrote the file and wherever it lies. A foreign append into a day is
   in that day's interval, and a replace of the day removes it. Files of a NULL day, or of days
   that nobody asks for, belong to none.
3. Any other table with intervals: by the path that stage gave the file,
   `data/<stage id>/…interval=v<label>/…`. A file elsewhere (OPTIMIZE or an append by another
   engine) may hold rows of any interval: such a table is refused by name.
4. A table into which rows are merged (`MERGED`): none, since one file holds rows of many intervals.

The number is 63 bits over the sorted paths, sizes and deleted rows. Our paths hold a random stage
id, so no two publishes of rows share a number; a partition value cannot change under a path.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from framework.contract.columns import INTERVAL_DIRECTORY
from framework.environment.location import Location
from framework.errors import MisconfiguredError
from framework.generation import digest, short
from framework.interval import Interval
from framework.tables.delta.actions import Action, partition_of, size_of
from framework.tables.delta.names import GRAIN, MERGED, TIME

if TYPE_CHECKING:
    from deltalake import DeltaTable

Layout = Literal["whole", "by_day", "by_path", "merged"]

LABELLED = re.compile(rf"data/[^/]+/{INTERVAL_DIRECTORY}=v(?P<label>[^/]+)/")
"""How the path of a file begins that stage gave it (rule 3)."""


@dataclass(frozen=True, kw_only=True, order=True)
class LiveFile:
    """A live data file: its path below the table's root as it is on the store, and its bytes.

    `deleted`: hex digest of its deletion vector, "" without. `day`: the partition's value when
    the table is laid out by day.
    """

    path: str
    size: int
    deleted: str = ""
    day: date | None = None


def layout_of(table: "DeltaTable") -> Layout:
    """By which of the four rules the table's files are attributed."""
    metadata = table.metadata()
    configuration = metadata.configuration
    if configuration.get(MERGED):
        return "merged"
    if configuration.get(GRAIN) == "whole":
        return "whole"
    time = configuration.get(TIME, "")
    if time in metadata.partition_columns and _type_of(table, time) == "date":
        return "by_day"
    return "by_path"


def files_hash(files: Iterable[LiveFile]) -> int:
    """63 bits over paths, sizes and deletion vectors, in no order; the same for no files at all."""
    parts = ("\0".join((file.path, str(file.size), file.deleted)) for file in files)
    return short(digest(sorted(parts)))


def live_file(path: str, action: Action, layout: Layout, time: str) -> LiveFile:
    """The file of an add action without a deletion vector. `path`: unescaped; `time`: the time column."""
    day = partition_of(action).get(time) if layout == "by_day" else None
    return LiveFile(path=path, size=size_of(action), day=None if day is None else date.fromisoformat(day))


def require_whole(files: Iterable[LiveFile], location: Location) -> None:
    """Raise `MisconfiguredError` for a file that a commit cannot replace.

    A RemoveAction has no field for the deletion vector: the file's remaining rows would stay.
    """
    cut = next((file.path for file in files if file.deleted), None)
    if cut is not None:
        raise MisconfiguredError(
            f"{cut} has a deletion vector and cannot be replaced",
            where=location.uri,
            hint="REORG TABLE … APPLY (PURGE), and take the feature off the table.",
        )


def attribute(
    files: Iterable[LiveFile], intervals: Iterable[Interval], layout: Layout, location: Location
) -> Mapping[Interval, tuple[LiveFile, ...]]:
    """The live files of each interval, none for one that has none.

    Raises `MisconfiguredError` when files cannot be attributed (rules 3 and 4).
    """
    if layout == "merged":
        raise MisconfiguredError(
            "rows are merged into this table: its files belong to no interval", where=location.uri
        )
    found: dict[Interval, list[LiveFile]] = {interval: [] for interval in intervals}
    if layout == "whole":
        everything = list(files)
        found = dict.fromkeys(found, everything)
    elif layout == "by_day":
        by_day = {day: interval for interval in found for day in days_of(interval)}
        for file in files:
            if file.day in by_day:
                found[by_day[file.day]].append(file)
    else:
        by_label = {interval.label: interval for interval in found}
        foreign = []
        for file in files:
            labelled = LABELLED.match(file.path)
            if labelled is None:
                foreign.append(file.path)
            elif unquote(labelled[1]) in by_label:
                found[by_label[unquote(labelled[1])]].append(file)
        if foreign:
            raise MisconfiguredError(
                f"{len(foreign)} live files are not of any interval (first: {min(foreign)}): "
                "another engine has written or compacted this table",
                where=location.uri,
                hint="Partition by a DATE time column, or RESTORE the table to before that commit.",
            )
    return {interval: tuple(each) for interval, each in found.items()}


def days_of(interval: Interval) -> tuple[date, ...]:
    """The calendar days of an interval, in its zone."""
    count = (interval.last_day - interval.first_day).days + 1
    return tuple(interval.first_day + timedelta(days=n) for n in range(count))


def _type_of(table: "DeltaTable", column: str) -> str | None:
    return next(
        (str(f.type.type) for f in table.schema().fields if f.name == column and hasattr(f.type, "type")),
        None,
    )
