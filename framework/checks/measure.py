"""What a check has to know of an interval's rows, and who can tell it: footers, one aggregate, a pass."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
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
class Proof:
    """What shows that no row breaks a rule: `holds` of the smallest and of the largest value of `of`.

    `of`: an expression of the columns, in SQL. Many rules about one column share two aggregates so.
    """

    of: str
    holds: Callable[[Measured], bool]


@dataclass(frozen=True, kw_only=True)
class Aggregate:
    """A SQL aggregate over the rows. `empty`: its value over none. Equal SQL is one aggregate.

    `sql` is one call of one aggregate function, so that a FILTER may follow it. `apart`: kept out of
    the one aggregate, because Spark generates no code for all of it beside such a function. `proof`:
    of a count of rows, what shows that it is 0, also of those rows that a FILTER leaves. `counts`: of a
    count of rows, a predicate that is true for these, by their values alone. `repeatable`: it is the same
    over distinct rows.
    """

    sql: str
    empty: Measured = 0
    footer: Footer = field(default=silent, compare=False)
    apart: bool = field(default=False, compare=False)
    proof: Proof | None = field(default=None, compare=False)
    counts: str | None = field(default=None, compare=False)
    repeatable: bool = field(default=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Derived:
    """An aggregate whose SQL is made of the values of others: one more aggregate, after theirs.

    `sql` gets the values of `of`, in their order, and gives one call of one aggregate function;
    None: the value is `empty`. Only rows that fulfil `where` count. Equal `of`, `name` and `where`
    are one measure.
    """

    of: tuple[Aggregate, ...]
    name: str
    sql: Callable[..., str | None] = field(compare=False)
    empty: Measured = 0
    where: str = "true"


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """An aggregate over the groups of rows of equal `columns`, among those that fulfil `where`.

    `sql` may use `n`, the rows of a group, and the columns' values `k0`, `k1` and so on; NULL equals
    NULL. Exact. Measures of the same columns and rows are one pass of their own. `repeated`: the value is
    `empty` unless a group has two rows, which a cheaper pass may show.
    """

    columns: tuple[str, ...]
    where: str
    sql: str
    empty: Measured = 0
    repeated: bool = field(default=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Quantiles:
    """Values of a numeric column at these fractions (0 to 1) of its rows, as Spark's `approxQuantile`.

    `error`: relative, 0 is exact. The value is a tuple of floats; empty when no row has a value.
    """

    column: str
    where: str
    fractions: tuple[float, ...]
    error: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Unmatched:
    """The number of rows whose `columns`, none of them NULL, are those of no row of an input of the job.

    `input_columns`: the input's, in pairs. Only rows that fulfil `where` count. Exact; a join.
    """

    columns: tuple[str, ...]
    input: str
    input_columns: tuple[str, ...]
    where: str = "true"
    empty: Measured = 0


@dataclass(frozen=True, kw_only=True)
class OfInput:
    """A SQL aggregate over the rows of an input of the job; of one interval, those that lie in it."""

    input: str
    sql: str
    empty: Measured = 0


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """Numbers of rows of the published intervals that lie before, within `reach`; None: the one before.

    The value is a tuple, oldest first; None in it is a number that the table does not say. Of a whole
    table the number that is published now.
    """

    reach: timedelta | None


@dataclass(frozen=True)
class AsOf:
    """From when an interval's rows are looked at: its end in its zone; of a whole table the run's start."""


@dataclass(frozen=True, kw_only=True)
class External:
    """A whole rule that Great Expectations itself evaluates, of those rows that fulfil `where`.

    `arguments`: as JSON text. The value is (success, unexpected rows, considered rows, observed number).
    """

    type: str
    arguments: str
    where: str = "true"


Measure = External | Aggregate | Derived | Grouped | Quantiles | Unmatched | OfInput | Earlier | AsOf


def answer(measure: Measure, statistics: Statistics) -> tuple[Measured] | None:
    """The measure's value where footers tell it (as a tuple of one, for it may be None)."""
    if isinstance(measure, OfInput | Earlier | AsOf | External):
        return None  # these footers are of other rows, or not what it looks at
    if statistics.rows == 0:
        return ((),) if isinstance(measure, Quantiles) else (measure.empty,)
    if not isinstance(measure, Aggregate):
        return None
    known = measure.footer(statistics)
    return None if known is None else (known,)


ROWS = Aggregate(sql="count(*)", footer=lambda statistics: statistics.rows, counts="true")
"""The number of rows."""
