"""A number between two bounds: Great Expectations' verdict on every rule that aggregates."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from framework.checks.compiled import Judgement
from framework.checks.measure import Measured
from framework.checks.values import encode
from framework.checks.verdict import Observed
from framework.contract.argument import parse_argument
from framework.contract.frozen import freeze
from framework.contract.numbers import parse_number
from framework.contract.schema import Column
from framework.contract.types import ArgumentValue, Expectation

Comparable = int | float | Decimal | str
"""What is compared: numbers of every kind with one another, texts with texts."""


@dataclass(frozen=True, kw_only=True)
class Between:
    """From `lower` to `upper`, both inclusive unless strict; None is no bound."""

    lower: Comparable | None = None
    upper: Comparable | None = None
    strict_lower: bool = False
    strict_upper: bool = False

    def judge(self, value: Measured, show: Callable[[Measured], Observed] = freeze) -> Judgement:
        """Nothing and NaN lie between no bounds. `show` makes of the value what is observed."""
        if value is None:
            return Judgement(state="fail", reason="there is no value to compare")
        if isinstance(value, float) and math.isnan(value):
            return Judgement(state="fail", reason="it is NaN")
        assert isinstance(value, int | float | Decimal | str), "an aggregate is one value"
        return Judgement(state="pass" if self.holds(value) else "fail", observed=show(value))

    def holds(self, value: Comparable) -> bool:
        """Whether a value lies between; NaN does nowhere. Both are of one kind: `faults_of` comes first."""
        low, high = _like(self.lower, value), _like(self.upper, value)
        return (low is None or value > low or (value == low and not self.strict_lower)) and (  # type: ignore[operator]
            high is None or value < high or (value == high and not self.strict_upper)  # type: ignore[operator]
        )


def between_numbers(expectation: Expectation) -> Between:
    """The bounds of an expectation whose bounds are numbers, whatever the type of its column."""
    return _between(expectation, parse_number)


def between_values(expectation: Expectation, column: Column) -> Between:
    """The bounds of an expectation whose bounds are values of its column, as `values.exact` has them."""
    datatype = column.datatype
    assert datatype is not None, "contract.catalogue.faults_of comes first"
    return _between(expectation, lambda bound: encode(parse_argument(bound, datatype)))


def _between(expectation: Expectation, parse: Callable[[ArgumentValue], Comparable]) -> Between:
    arguments = expectation.arguments
    lower, upper = (
        None if arguments.get(name) is None else parse(arguments[name]) for name in ("min_value", "max_value")
    )
    return Between(
        lower=lower,
        upper=upper,
        strict_lower=bool(arguments.get("strict_min")),
        strict_upper=bool(arguments.get("strict_max")),
    )


def _like(bound: Comparable | None, value: Comparable) -> Comparable | None:
    """A bound in the digits of the value: 0.1 is the decimal 0.1, and the decimal 0.1 the float nearest."""
    if isinstance(bound, Decimal) and isinstance(value, float):
        return float(bound)
    if isinstance(bound, float) and isinstance(value, Decimal) and math.isfinite(bound):
        return Decimal(repr(bound))
    return bound
