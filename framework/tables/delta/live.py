"""Which files of a table are live, to which interval each belongs, and one number for a set of them.

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

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from framework.contract.columns import INTERVAL_DIRECTORY
from framework.environment.location import Location
from framework.errors import MisconfiguredError
from framework.generation import digest, short
from framework.interval import Interval
from framework.tables.delta.handle import table_errors
from framework.tables.delta.names import GRAIN, MERGED, TIME

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

Layout = Literal["whole", "by_day", "by_path", "merged"]

_LABELLED = re.compile(rf"data/[^/]+/{INTERVAL_DIRECTORY}=v([^/]+)/")


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


def live_files(table: "DeltaTable", location: Location) -> tuple[LiveFile, ...]:
    """All live files of the handle's version, in no order."""
    time = table.metadata().configuration.get(TIME, "")
    with table_errors(location):
        added = add_actions(table)
        paths = added.column("path").to_pylist()
        deleted = _deletions(table)
    sizes = added.column("size_bytes").to_pylist()
    days: Sequence[date | None] = [None] * len(paths)
    if layout_of(table) == "by_day":
        days = [row[time] for row in added.column("partition").to_pylist()]
    return tuple(
        LiveFile(path=path, size=size, day=day, deleted=deleted.get(path, ""))
        for path, size, day in zip(paths, sizes, days, strict=True)
    )


def add_actions(table: "DeltaTable") -> "pa.Table":
    """The log's own words of each live file (`get_add_actions`), its path as it is on the store."""
    import pyarrow as pa

    added = pa.table(table.get_add_actions())
    # The log has paths as URIs, percent-escaped (Delta protocol, "Add File").
    paths = pa.array([unquote(path) for path in added.column("path").to_pylist()], pa.string())
    return added.set_column(added.schema.get_field_index("path"), "path", paths)


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
            labelled = _LABELLED.match(file.path)
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


def _deletions(table: "DeltaTable") -> Mapping[str, str]:
    """Digests of the deletion vectors in force, by path.

    After a DELETE that writes a vector, the add action shows the same path, size and row count.
    """
    if "deletionVectors" not in (table.protocol().reader_features or ()):
        return {}
    import pyarrow as pa

    root = table.table_uri.rstrip("/") + "/"
    found = {}
    for row in pa.table(table.deletion_vectors().read_all()).to_pylist():
        kept = bytes(row["selection_vector"])
        # Rows behind the end of the vector are kept (deltalake's scan does the same).
        found[_below(root, row["filepath"])] = hashlib.sha256(kept.rstrip(b"\1")).hexdigest()
    return found


def _below(root: str, uri: str) -> str:
    path = unquote(uri).removeprefix("file://")
    return path.removeprefix(unquote(root).removeprefix("file://"))


def partition_texts(values: Mapping[str, object] | None) -> dict[str, str | None]:
    """Partition values as Delta's protocol writes them ("Partition Value Serialization")."""
    return {name: _text(value) for name, value in (values or {}).items()}


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case datetime():
            zone = "" if value.tzinfo is None else "Z"
            return f"{value:%Y-%m-%dT%H:%M:%S.%f}{zone}"
        case date():
            return value.isoformat()
        case _:
            return str(value)
