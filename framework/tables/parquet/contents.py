"""What the pointers say of a table's rows: how many there are, and no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from framework.checks.measure import Statistics
from framework.generation import Generation
from framework.interval import Interval
from framework.tables.parquet.table import PointerTable, read_pointers


@dataclass(frozen=True)
class PointedStatistics:
    """`Statistics` of these generations. Their pointers are read when the number is asked for."""

    table: PointerTable
    numbers: Mapping[Interval, int]

    @cached_property
    def rows(self) -> int:
        """Exact number of rows, as published."""
        return sum(pointer.rows for pointer in read_pointers(self.table, self.numbers).values())

    def nulls(self, column: str) -> None:
        """Unknown."""

    def bounds(self, column: str) -> None:
        """Unknown."""


def statistics_of(table: PointerTable, generation: Generation) -> Statistics | None:
    """Of one generation; None when its files are not those that were published."""
    numbers = {generation.interval: generation.number}
    return PointedStatistics(table, numbers) if generation.is_intact else None
