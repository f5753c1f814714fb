"""Rules about quantiles of a column."""

import math
from collections.abc import Mapping

from framework.checks.between import between_numbers
from framework.checks.compiled import Compiled, Compiler, Judgement
from framework.checks.measure import Measured, Quantiles
from framework.checks.rows import of_column
from framework.contract.datatype import identifier
from framework.contract.numbers import Number, parse_number, parse_quantiles
from framework.contract.schema import Column
from framework.contract.types import Expectation

_MIDDLES = (0.5, 0.5 + 2**-40)
"""Fractions of the values around the middle of up to 2**39: of an odd number of them both are the same."""
_RELATIVE, _ABSOLUTE = 1e-4, 1e-8
"""How near to a bound is on it, as in Great Expectations."""


def median(expectation: Expectation, column: Column) -> Compiled:
    """The exact median: the middle value, or the mean of the two in the middle."""
    allowed = between_numbers(expectation)

    def decide(values: Measured) -> Judgement:
        found = _floats(values)
        return allowed.judge(sum(found) / len(found) if found else None)

    return Compiled(expectation=expectation, measures=(_measure(column, _MIDDLES, 0.0),), decide=decide)


def quantile_values(expectation: Expectation, column: Column) -> Compiled:
    """Each quantile lies in its range, or near to one of its bounds."""
    fractions, ranges = parse_quantiles(expectation.arguments["quantile_ranges"])
    error = float(parse_number(expectation.arguments.get("allow_relative_error", 0)))

    def decide(values: Measured) -> Judgement:
        found = _floats(values)
        if not found:
            return Judgement(state="fail", reason="there is no value to compare")
        held = all(_within(value, low, high) for value, (low, high) in zip(found, ranges, strict=True))
        return Judgement(state="pass" if held else "fail", observed=found)

    return Compiled(expectation=expectation, measures=(_measure(column, fractions, error),), decide=decide)


def _measure(column: Column, fractions: tuple[float, ...], error: float) -> Quantiles:
    where = f"{identifier(column.name)} IS NOT NULL"
    return Quantiles(column=column.name, where=where, fractions=fractions, error=error)


def _floats(values: Measured) -> tuple[float, ...]:
    assert isinstance(values, tuple), "quantiles are a tuple"
    return tuple(float(value) for value in values)


def _within(value: float, low: Number | None, high: Number | None) -> bool:
    lower, upper = (-math.inf if low is None else float(low)), (math.inf if high is None else float(high))
    return lower <= value <= upper or _close(value, lower) or _close(value, upper)


def _close(value: float, bound: float) -> bool:
    """As numpy's `isclose`, which Great Expectations asks: an infinite bound is near only to itself."""
    return value == bound or (
        math.isfinite(bound) and abs(value - bound) <= _ABSOLUTE + _RELATIVE * abs(bound)
    )


RULES: Mapping[str, Compiler] = {
    "column_median_to_be_between": of_column(median),
    "column_quantile_values_to_be_between": of_column(quantile_values),
}
"""Compilers by type."""
