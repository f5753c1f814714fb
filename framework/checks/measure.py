"""What a check has to know of an interval's rows, and who can tell it: footers, one aggregate, a pass."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from framework.contract.argument import Value

Measured = int | float | str | bool | Decimal | date | datetime | None


class Statistics(Protocol):
    """What footers say exactly of one interval's rows; None is «the footers do not say»."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        ...

    def nulls(self, column: str) -> int | None:
        """Number of NULLs in a column."""
        ...

    def bounds(self, column: str) -> tuple[Value, Value] | None:
        """Smallest and largest value that is not NULL; None also when there is none."""
        ...


Footer = Callable[[Statistics], int | None]


def present_rows(statistics: Statistics, column: str) -> int | None:
    """The number of rows where a column is not NULL, where footers tell it."""
    nulls = statistics.nulls(column)
    return None if nulls is None else statistics.rows - nulls


def silent(_statistics: Statistics) -> None:
    """The footer rule of what no footer can tell."""


@dataclass(frozen=True, kw_only=True)
class Aggregate:
    """A SQL aggregate over the rows. `empty`: its value over none. Equal SQL is one aggregate."""

    sql: str
    empty: Measured = 0
    footer: Footer = field(default=silent, compare=False)


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """How many of the rows that fulfil `where` share their `columns` with another such row.

    Exact, and a pass of its own over the rows.
    """

    columns: tuple[str, ...]
    where: str


Measure = Aggregate | Duplicates


def answer(measure: Measure, statistics: Statistics) -> tuple[Measured] | None:
    """The measure's value where footers tell it (as a tuple of one, for it may be None)."""
    if statistics.rows == 0:
        return (measure.empty if isinstance(measure, Aggregate) else 0,)
    if isinstance(measure, Duplicates):
        return (0,) if statistics.rows == 1 else None
    known = measure.footer(statistics)
    return None if known is None else (known,)


ROWS = Aggregate(sql="count(*)", footer=lambda statistics: statistics.rows)
"""The number of rows."""
