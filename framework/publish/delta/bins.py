"""Which small files of a table become one: bins of files of one interval and one partition. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from framework.interval import Interval
from framework.tables.delta.live import LiveFile


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Files that become one. `partition`: the values that they share, as text; None for NULL."""

    interval: Interval
    partition: Mapping[str, str | None]
    files: tuple[LiveFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def pack(
    files: Mapping[Interval, Sequence[LiveFile]],
    partitions: Mapping[str, Mapping[str, str | None]],
    *,
    target: int,
) -> list[Bin]:
    """The bins of at least two files, none larger than `target` bytes.

    First fit, the largest file first: any two bins together are larger than `target`, so that packing
    the result again finds nothing. `partitions`: the values of each file, by its path.
    """
    found = []
    for interval, of_interval in files.items():
        groups: dict[tuple[tuple[str, str | None], ...], list[LiveFile]] = {}
        for file in of_interval:
            if not file.deleted and file.size < target:
                groups.setdefault(tuple(sorted(partitions[file.path].items())), []).append(file)
        for values, members in groups.items():
            found += [
                Bin(interval=interval, partition=dict(values), files=each)
                for each in _fit(members, target)
                if len(each) > 1
            ]
    return found


def _fit(files: Iterable[LiveFile], target: int) -> list[tuple[LiveFile, ...]]:
    bins: list[list[LiveFile]] = []
    room: list[int] = []
    for file in sorted(files, key=lambda each: (-each.size, each.path)):
        place = next((number for number, left in enumerate(room) if file.size <= left), None)
        if place is None:
            bins.append([file])
            room.append(target - file.size)
        else:
            bins[place].append(file)
            room[place] -= file.size
    # By their names, which Spark numbers in the order of the rows.
    return [tuple(sorted(each, key=lambda file: file.path)) for each in bins]
