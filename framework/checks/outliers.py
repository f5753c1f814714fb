"""Rules about single values that are judged by what all values make: a second aggregate counts them."""

import math
from collections.abc import Callable, Mapping

from framework.checks.compiled import Compiled, Compiler, judge_rows
from framework.checks.measure import Aggregate, Derived, Measured
from framework.checks.rows import of_column, present
from framework.checks.sql import literal
from framework.contract.argument import Value
from framework.contract.datatype import identifier
from framework.contract.numbers import parse_number
from framework.contract.schema import Column
from framework.contract.types import ArgumentValue, Expectation

_MULTIPLIER = 1.5


def z_scores(expectation: Expectation, column: Column) -> Compiled:
    """Values of a z-score at or above the threshold are unexpected; none where there is no deviation."""
    threshold = _float(expectation.arguments["threshold"])
    double_sided = bool(expectation.arguments["double_sided"])
    name = identifier(column.name)

    def broken(mean: Measured, deviation: Measured) -> str | None:
        if mean is None or deviation is None or deviation == 0 or _is_nan(deviation):
            return None  # a value that is not finite leaves no deviation, as in Great Expectations
        score = f"({name} - {literal(_value(mean))}) / {literal(_value(deviation))}"
        if double_sided:
            return f"count_if(NOT (abs({score}) < {literal(abs(threshold))}))"
        return f"count_if(NOT ({score} < {literal(threshold)}))"

    return _compiled(expectation, column, _moments(column), broken)


def outliers(expectation: Expectation, column: Column) -> Compiled:
    """Values outside of Tukey's fences (`iqr`), or too many deviations from the mean (`std`)."""
    multiplier = _float(expectation.arguments.get("multiplier", _MULTIPLIER))
    name = identifier(column.name)

    def far_from_mean(mean: Measured, deviation: Measured) -> str | None:
        center, spread = _finite(mean), _finite(deviation)
        if center is None or spread is None:
            return None
        if multiplier * spread <= 0:
            return f"count_if(NOT ({name} = {literal(center)}))"
        return f"count_if(NOT (abs({name} - {literal(center)}) < {literal(multiplier * spread)}))"

    def outside_fences(quartiles: Measured) -> str | None:
        if not isinstance(quartiles, list | tuple):
            return None
        first, third = map(_finite, quartiles)
        if first is None or third is None:
            return None
        reach = multiplier * (third - first)
        low, high = literal(first - reach), literal(third + reach)
        return f"count_if(NOT ({name} >= {low} AND {name} <= {high}))"

    if expectation.arguments.get("method") == "std":
        return _compiled(expectation, column, _moments(column), far_from_mean)
    quartiles = Aggregate(sql=f"percentile({name}, array(0.25D, 0.75D))", empty=None, apart=True)
    return _compiled(expectation, column, (quartiles,), outside_fences)


def _compiled(
    expectation: Expectation,
    column: Column,
    of: tuple[Aggregate, ...],
    broken: Callable[..., str | None],
) -> Compiled:
    """Rows for which `broken`, made of the values of `of`, counts; the expectation tells it from others."""
    said = ", ".join(f"{name}={value!r}" for name, value in sorted(expectation.arguments.items()))
    return Compiled(
        expectation=expectation,
        measures=(Derived(of=of, name=f"{expectation.type}({said})", sql=broken), present(column.name)),
        decide=judge_rows(expectation.mostly),
    )


def _moments(column: Column) -> tuple[Aggregate, ...]:
    name = identifier(column.name)
    return tuple(Aggregate(sql=f"{f}({name})", empty=None) for f in ("avg", "stddev_samp"))


def _float(argument: ArgumentValue) -> float:
    return float(parse_number(argument))


def _finite(measured: Measured) -> float | None:
    value = None if measured is None else float(_value(measured))  # type: ignore[arg-type]  # a number
    return value if value is not None and math.isfinite(value) else None


def _is_nan(measured: Measured) -> bool:
    return isinstance(measured, float) and math.isnan(measured)


def _value(measured: Measured) -> Value:
    assert not isinstance(measured, list | tuple), "one number"
    assert measured is not None, "looked at before"
    return measured  # type: ignore[return-value]  # a number


RULES: Mapping[str, Compiler] = {
    "column_value_z_scores_to_be_less_than": of_column(z_scores),
    "column_values_to_not_be_outliers": of_column(outliers),
}
"""Compilers by type."""
