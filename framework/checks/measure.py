"""What a check has to know of an interval's rows, and who can tell it: footers, one aggregate, a pass."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from framework.contract.argument import Value

Measured = int | float | str | bool | Decimal | date | datetime | Sequence["Measured"] | None
"""A value that was measured; sequences for arrays and quantiles."""


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


Footer = Callable[[Statistics], Measured]
"""What footers tell of an aggregate; None when they do not."""


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
class Derived:
    """An aggregate whose SQL is made of the values of others: one more aggregate, after theirs.

    `sql` gets the values of `of`, in their order; None: the value is `empty`. Equal `of` and
    `name` are one measure.
    """

    of: tuple[Aggregate, ...]
    name: str
    sql: Callable[..., str | None] = field(compare=False)
    empty: Measured = 0


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """An aggregate over the groups of rows of equal `columns`, among those that fulfil `where`.

    `sql` may use `n`, the rows of a group, and the columns' values `k0`, `k1` and so on; NULL equals
    NULL. Exact. Measures of the same columns and rows are one pass of their own.
    """

    columns: tuple[str, ...]
    where: str
    sql: str
    empty: Measured = 0


@dataclass(frozen=True, kw_only=True)
class Quantiles:
    """Values of a numeric column at these fractions (0 to 1) of its rows, as Spark's `approxQuantile`.

    `error`: relative, 0 is exact. The value is a tuple of floats; empty when no row has a value.
    """

    column: str
    where: str
    fractions: tuple[float, ...]
    error: float = 0.0


Measure = Aggregate | Derived | Grouped | Quantiles


def answer(measure: Measure, statistics: Statistics) -> tuple[Measured] | None:
    """The measure's value where footers tell it (as a tuple of one, for it may be None)."""
    if statistics.rows == 0:
        return ((),) if isinstance(measure, Quantiles) else (measure.empty,)
    if not isinstance(measure, Aggregate):
        return None
    known = measure.footer(statistics)
    return None if known is None else (known,)


ROWS = Aggregate(sql="count(*)", footer=lambda statistics: statistics.rows)
"""The number of rows."""
