"""A table as it is rewritten in part: its live files at one version, and what each may hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.errors import MisconfiguredError

Bounds = Mapping[str, tuple[object, object]]
"""Smallest and largest value of columns, as Python's; a column may be missing."""


@dataclass(frozen=True, kw_only=True)
class WholeFile:
    """A live file whose rows all count: its path below the table's root, bytes, and values.

    `partition`: its partition values. `lowest` and `highest`: of other columns, where the table says.
    """

    path: str
    size: int
    partition: Mapping[str, object]
    lowest: Mapping[str, object]
    highest: Mapping[str, object]

    def may_hold(self, bounds: Bounds) -> bool:
        """Whether a row in it may have, in every column of `bounds`, a value between them."""
        return all(self._may_hold(column, *found) for column, found in bounds.items())

    def _may_hold(self, column: str, low: object, high: object) -> bool:
        partition = self.partition.get(column)
        lowest = self.lowest.get(column) if partition is None else partition
        highest = self.highest.get(column) if partition is None else partition
        # Engines may cut a bound of another type (a timestamp to milliseconds), or say none.
        if not type(lowest) is type(highest) is type(low) is type(high):
            return True
        return bool(lowest <= high and low <= highest)  # type: ignore[operator]  # of one ordered type


@dataclass(frozen=True, kw_only=True)
class Rewritable:
    """The table at `version`. `events`: see `tables.events`; 0 when there is no such list.

    `is_as_left`: whether its live files are those that our last publish left.
    """

    location: Location
    version: int
    files: tuple[WholeFile, ...]
    is_as_left: bool
    events: int = 0


def open_rewritable(binding: Binding) -> Rewritable:
    """The newest version of the table of a binding, which was prepared for merging rows.

    Raises `RetryError` when it was dropped, `MisconfiguredError` for a file that cannot be replaced and
    for a format whose rows cannot be merged; as `TableReader` otherwise.
    """
    if binding.format == "delta":
        # Imported late, as every format's library.
        from framework.tables.delta.rewritable import read_rewritable

        return read_rewritable(binding)
    raise MisconfiguredError(
        f"{binding.dataset}: rows are merged into Delta tables only", where=binding.where
    )
