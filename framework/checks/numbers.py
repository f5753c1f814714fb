"""Rules about numbers that all values of a column make together: one aggregate, or footers.

Every aggregate is one call of one function, so that a condition can follow it.
"""

from collections.abc import Callable, Mapping

from framework.checks.between import between_numbers, between_values
from framework.checks.compiled import Compiled, Compiler, Judgement
from framework.checks.measure import ROWS, Aggregate, Measured, Statistics
from framework.checks.rows import of_column, present
from framework.checks.values import decode, encode, exact
from framework.contract.datatype import Primitive, identifier
from framework.contract.schema import Column
from framework.contract.types import Expectation

ColumnRule = Callable[[Expectation, Column], Compiled]

_LOW_BITS = 32


def extreme(function: str) -> ColumnRule:
    """The smallest (`min`) or largest (`max`) value; footers know it of all but floats and texts."""

    def compile_(expectation: Expectation, column: Column) -> Compiled:
        allowed = between_values(expectation, column)
        return Compiled(
            expectation=expectation,
            measures=(extreme_value(function, column),),
            decide=lambda value: allowed.judge(value, lambda shown: decode(column, shown)),
        )

    return compile_


def extreme_value(function: str, column: Column) -> Aggregate:
    """The smallest (`min`) or largest (`max`) value, as `values.exact` has it."""

    def footer(statistics: Statistics) -> Measured:
        bounds = statistics.bounds(column.name)
        return None if bounds is None else encode(bounds[0 if function == "min" else 1])

    sql = f"{function}({exact(column, identifier(column.name))})"
    return Aggregate(sql=sql, empty=None, footer=footer)


def aggregate(function: str) -> ColumnRule:
    """A number that an aggregate function makes of the values."""

    def compile_(expectation: Expectation, column: Column) -> Compiled:
        measure = Aggregate(sql=f"{function}({identifier(column.name)})", empty=None)
        return Compiled(
            expectation=expectation, measures=(measure,), decide=between_numbers(expectation).judge
        )

    return compile_


def sum_(expectation: Expectation, column: Column) -> Compiled:
    """The sum, exact but for floats: a BIGINT's halves are summed apart, because Spark's sum overflows."""
    if column.datatype != Primitive("bigint"):
        return aggregate("sum")(expectation, column)
    name, allowed = identifier(column.name), between_numbers(expectation)

    def decide(high: Measured, low: Measured) -> Judgement:
        whole = isinstance(high, int) and isinstance(low, int)
        return allowed.judge((high << _LOW_BITS) + low if whole else None)  # type: ignore[operator]  # both are

    return Compiled(
        expectation=expectation,
        measures=(
            Aggregate(sql=f"sum(shiftright({name}, {_LOW_BITS}))", empty=None),
            Aggregate(sql=f"sum({name} & {(1 << _LOW_BITS) - 1}L)", empty=None),
        ),
        decide=decide,
    )


def proportion_present(expectation: Expectation, column: Column) -> Compiled:
    """Rows that are not NULL as a fraction of all; 0 of none."""
    allowed = between_numbers(expectation)

    def decide(found: Measured, rows: Measured) -> Judgement:
        return allowed.judge(fraction(found, rows))

    return Compiled(expectation=expectation, measures=(present(column.name), ROWS), decide=decide)


def fraction(part: Measured, whole: Measured) -> float:
    """A part of a whole, 0 to 1; 0 of nothing, as Great Expectations has it."""
    assert isinstance(part, int), "a count is a number"
    assert isinstance(whole, int), "a count is a number"
    return part / whole if whole else 0


RULES: Mapping[str, Compiler] = {
    "column_max_to_be_between": of_column(extreme("max")),
    "column_min_to_be_between": of_column(extreme("min")),
    "column_mean_to_be_between": of_column(aggregate("avg")),
    "column_stdev_to_be_between": of_column(aggregate("stddev_samp")),
    "column_sum_to_be_between": of_column(sum_),
    "column_proportion_of_non_null_values_to_be_between": of_column(proportion_present),
}
"""Compilers by type."""
