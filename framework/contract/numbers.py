"""Numbers as arguments of rules: of any column type, as the digits that were written."""

import math
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation

from framework.contract.rule import Kind, Parameter, Rule
from framework.contract.schema import Column
from framework.contract.types import ArgumentValue

Number = int | float | Decimal
Found = Iterator[tuple[str, str | None]]

_LIMITS: Mapping[str, tuple[float, float]] = {
    "multiplier": (0, math.inf),
    "allow_relative_error": (0, 1),
}
"""Least and largest value of parameters that have one, inclusive."""


def parse_number(argument: ArgumentValue) -> Number:
    """A number, or the text of a Decimal, as a number. Raises ValueError for anything else, and NaN."""
    if isinstance(argument, bool) or not isinstance(argument, int | float | str):
        raise ValueError("a number, or a Decimal")  # noqa: TRY004  # an argument's value, not a caller's mistake
    try:
        number = Decimal(argument) if isinstance(argument, str) else argument
    except InvalidOperation:
        raise ValueError("a number, or a Decimal") from None
    if not isinstance(number, int) and math.isnan(number):
        raise ValueError("a number that is not NaN")
    return number


def parse_quantiles(
    argument: ArgumentValue,
) -> tuple[tuple[float, ...], tuple[tuple[Number | None, Number | None], ...]]:
    """Fractions and the ranges of their values of `{"quantiles": …, "value_ranges": …}`, frozen as pairs.

    Raises ValueError that says what was wanted.
    """
    named = _pairs(argument)
    if set(named) != {"quantiles", "value_ranges"}:
        raise ValueError('{"quantiles": [0.5], "value_ranges": [[1, None]]}')
    fractions, ranges = named["quantiles"], named["value_ranges"]
    if not isinstance(fractions, tuple) or not isinstance(ranges, tuple) or not fractions:
        raise ValueError("lists of quantiles and of value_ranges")
    if len(fractions) != len(ranges):
        raise ValueError(f"as many value_ranges as quantiles, not {len(ranges)} for {len(fractions)}")
    return tuple(map(_fraction, fractions)), tuple(map(_range, ranges))


def _pairs(argument: ArgumentValue) -> dict[object, ArgumentValue]:
    pairs = argument if isinstance(argument, tuple) else ()
    return {pair[0]: pair[1] for pair in pairs if isinstance(pair, tuple) and len(pair) == 2}  # noqa: PLR2004


def _fraction(argument: ArgumentValue) -> float:
    if isinstance(argument, bool) or not isinstance(argument, int | float) or not 0 <= argument <= 1:
        raise ValueError(f"quantiles from 0 to 1, not {argument!r}")
    return float(argument)


def _range(argument: ArgumentValue) -> tuple[Number | None, Number | None]:
    match argument:
        case (low, high):
            lower, upper = (None if bound is None else parse_number(bound) for bound in (low, high))
        case _:
            raise ValueError(f"value_ranges of two bounds, not {argument!r}")
    if lower is not None and upper is not None and lower > upper:
        raise ValueError(f"value_ranges whose first bound is the smaller, not {argument!r}")
    return lower, upper


def _check_number(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    try:
        number = parse_number(value)  # type: ignore[arg-type]  # it looks at the type
    except ValueError as error:
        yield f"{parameter.name}={value!r} is no number", f"Write {error}"
        return
    least, largest = _LIMITS.get(parameter.name, (-math.inf, math.inf))
    if not least <= number <= largest:
        limits = f"from {least:g}" if largest == math.inf else f"from {least:g} to {largest:g}"
        yield f"{parameter.name}={value!r} is out of range", f"Write a number {limits}"


def _check_quantiles(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    try:
        parse_quantiles(value)  # type: ignore[arg-type]  # it looks at the type
    except ValueError as error:
        yield f"{parameter.name} are no quantiles with their ranges", f"Write {error}"


CHECKS: Mapping[Kind, Callable[[Parameter, object, Rule, Column | None], Found]] = {
    "number": _check_number,
    "quantiles": _check_quantiles,
}
"""What is wrong with an argument of each of these kinds, with a hint."""
