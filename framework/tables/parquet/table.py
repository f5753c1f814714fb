"""A table as its objects tell it: whose it is, and what one look at their names finds."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from framework.environment.location import Location
from framework.environment.objects import list_objects, objects_at, read_object
from framework.errors import MisconfiguredError
from framework.interval import GRAINS, Grain, Interval
from framework.tables.parquet.names import CLAIMS, SCHEMAS, TABLE, folder_of, interval_of, newest, numbered
from framework.tables.parquet.pointer import Pointer, parse_pointer

_VERSION = 1
_FEW = 4
"""Folders that are listed one by one; of more, all are listed at once."""
_AT_ONCE = 16

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class PointerTable:
    """What was written at its creation. `grain`: "whole" without intervals, `time`: "" then.

    `schema`: the columns then, as Spark's JSON schema document.
    """

    location: Location
    id: str
    owner: str
    dataset: str
    grain: str
    zone: str
    time: str
    partition_by: tuple[str, ...]
    schema: str

    def place(self, folder: str, number: int | None = None) -> str:
        """The path of a numbered object of this table, or of the folder of such."""
        return numbered(self.id, folder, number)

    def interval_of(self, folder: str) -> Interval | None:
        """The interval whose pointers are in a folder; None when it is none's."""
        grain: Grain | None = next((grain for grain in GRAINS if grain == self.grain), None)
        return interval_of(folder, grain, self.zone)


@dataclass(frozen=True, kw_only=True)
class Names:
    """The highest number in each folder, at one moment."""

    numbers: Mapping[str, int]

    def of(self, interval: Interval) -> int:
        """The current generation's number, 0 without one."""
        return self.numbers.get(folder_of(interval), 0)

    @property
    def claims(self) -> int:
        """The number of the last claim, 0 when there was none."""
        return self.numbers.get(CLAIMS, 0)

    @property
    def schema(self) -> int:
        """The number of the last widening, 0 when there was none."""
        return self.numbers.get(SCHEMAS, 0)

    @property
    def pointed(self) -> Mapping[str, int]:
        """The intervals' folders and their generation numbers."""
        return {folder: number for folder, number in self.numbers.items() if not folder.startswith("_")}

    @property
    def version(self) -> int:
        """How often the table changed: it grows with every pointer and every claim, and never shrinks.

        Both only ever grow, so of two looks with one version neither has a pointer that the other lacks.
        """
        return sum(self.pointed.values()) + self.claims


def open_table(location: Location) -> PointerTable | None:
    """The table at `location`; None when there is none.

    Raises `MisconfiguredError` when it cannot be understood, `RetryError` when the store does not
    answer.
    """
    content = read_object(location, TABLE)
    return None if content is None else parse_table(content, location)


def render_table(table: PointerTable) -> str:
    """The table's own object."""
    document = {key: value for key, value in vars(table).items() if key not in ("location", "schema")}
    return json.dumps({"version": _VERSION, **document, "schema": json.loads(table.schema)}, indent=1)


def parse_table(content: bytes, location: Location) -> PointerTable:
    """`render_table` read back. Raises `MisconfiguredError` for anything else."""
    try:
        document = json.loads(content)
        version, schema = document.pop("version"), json.dumps(document.pop("schema"))
        columns = tuple(document.pop("partition_by"))
        table = PointerTable(**document, location=location, schema=schema, partition_by=columns)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise unreadable(location, TABLE, error) from error
    if version != _VERSION:
        raise unreadable(location, TABLE, ValueError("it is of another version of sparkjob"))
    return table


def read_names(table: PointerTable, intervals: Sequence[Interval] | None = None) -> Names:
    """One look at a table; at these intervals alone when few are given."""
    if intervals is None or len(intervals) > _FEW:
        folders = [f"_published/{table.id}"]
    else:
        folders = [table.place(folder_of(interval)) for interval in intervals]
    paths = [each.path for folder in folders for each in list_objects(table.location, folder)]
    return Names(numbers=newest(paths))


def read_schema(table: PointerTable, names: Names) -> str:
    """The table's columns as Spark's JSON schema document, after its last widening."""
    if not names.schema:
        return table.schema
    path = table.place(SCHEMAS, names.schema)
    return _required(table, path).decode()


def read_pointers(table: PointerTable, numbers: Mapping[Interval, int]) -> Mapping[Interval, Pointer]:
    """These generations of these intervals, whether they are the current ones or not."""

    def read(item: tuple[Interval, int]) -> Pointer:
        interval, number = item
        path = table.place(folder_of(interval), number)
        try:
            pointer = parse_pointer(_required(table, path))
        except ValueError as error:
            raise unreadable(table.location, path, error) from error
        if (pointer.dataset, pointer.interval, pointer.number) != (table.dataset, interval.key, number):
            raise unreadable(table.location, path, ValueError("it speaks of something else"))
        return pointer

    return dict(zip(numbers, at_once(read, numbers.items()), strict=True))


def live_sizes(pointers: Iterable[Pointer], location: Location) -> Mapping[str, int]:
    """Bytes of the files of these generations as they are now, by path; without those that are gone."""
    wanted = {file.path for pointer in pointers for file in pointer.files}
    stages = sorted({"/".join(path.split("/")[:2]) for path in wanted})
    if len(stages) > _FEW:
        stages = sorted({stage.partition("/")[0] for stage in stages})
    return {
        found.path: found.size
        for stage in stages
        for found in list_objects(location, stage)
        if found.path in wanted
    }


def require_no_files(location: Location) -> None:
    """Raise `MisconfiguredError` when a location without a table of ours has somebody else's files."""
    others = objects_at(location) or list_objects(location, "_delta_log")
    if others:
        what = "a Delta table" if others[0].path.startswith("_delta_log") else "plain files"
        raise MisconfiguredError(
            f"there is {what}, not a Parquet table that sparkjob made",
            where=location.uri,
            hint="Say source: true for what other programs write, format: delta for a Delta table, "
            "or give the dataset another location in configs/.",
        )


def at_once(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What `work` gives for each, in their order; many wait for the store together."""
    listed = list(items)
    if len(listed) <= _FEW:
        return [work(item) for item in listed]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(work, listed))


def unreadable(location: Location, path: str, error: Exception) -> MisconfiguredError:
    """The error for an object of a table that is broken, or of another version."""
    return MisconfiguredError(
        f"{path} cannot be read: {error}",
        where=location.uri,
        hint="Restore it from a copy, or remove _published and run the intervals again.",
    )


def _required(table: PointerTable, path: str) -> bytes:
    content = read_object(table.location, path)
    if content is None:
        raise unreadable(table.location, path, ValueError("it is gone"))
    return content
