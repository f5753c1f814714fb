"""What is asked of a table's rows: how many there are."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CountedStatistics:
    """`checks.measure.Statistics` of rows that were counted."""

    rows: int

    def nulls(self, column: str) -> None:
        """Unknown."""

    def bounds(self, column: str) -> None:
        """Unknown."""
