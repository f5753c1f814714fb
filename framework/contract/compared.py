"""What is wrong with columns that a rule compares with each other, or with pairs of values."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from framework.contract.argument import Family, family_of
from framework.contract.datatype import Decimal, Primitive
from framework.contract.rule import Parameter, Rule
from framework.contract.schema import Column
from framework.contract.types import ArgumentValue
from framework.contract.values import fits, takes

Found = Iterator[tuple[str, str | None]]
"""What is wrong, and a hint."""

_LIKE: Mapping[Family, str] = {
    "integer": "number",
    "decimal": "number",
    "float": "number",
    "date": "time",
    "timestamp": "time",
}
"""Families whose values Spark compares with each other; every other one only with itself."""
_WHOLE_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 20}
"""Digits that Spark gives a whole number beside a decimal (`DecimalType.forType`)."""
_DIGITS = 38


def find_incomparable(rule: Rule, columns: Sequence[Column]) -> Found:
    """Pairs of columns that are not compared as they are: of other kinds, or of too many digits together."""
    for one, other in combinations([column for column in columns if takes(rule, column)], 2):
        names = f'"{one.name}" of type {one.type.upper()} with "{other.name}" of type {other.type.upper()}'
        if _kind(one) != _kind(other):
            yield f"cannot compare {names}", "Numbers with numbers, dates and timestamps, else equal types"
        elif _digits(one, other) > _DIGITS:
            hint = f"{_digits(one, other)} digits are needed, {_DIGITS} can be had"
            yield f"cannot compare {names} exactly", hint


def find_pair_faults(
    parameter: Parameter, value: ArgumentValue, rule: Rule, columns: Sequence[Column | None]
) -> Found:
    """What is wrong with the pairs; `columns` are those of the first and second values."""
    if not isinstance(value, tuple) or not value:
        yield f"{parameter.name}={value!r} is no list of pairs", "Like [(1, 'a'), (2, None)]"
        return
    for pair in value:
        match pair:
            case (first, second):
                for element, column in zip((first, second), columns, strict=True):
                    if element is not None:
                        yield from fits(parameter.name, element, rule, column)
            case _:
                yield f"{parameter.name}: {pair!r} is no pair", "Like (1, 'a')"


def _kind(column: Column) -> str:
    assert column.datatype is not None, "values.takes has looked"
    family = family_of(column.datatype)
    return _LIKE.get(family, family)


def _digits(one: Column, other: Column) -> int:
    """Digits before and behind the point that hold the values of both; 0 where one is no exact number."""
    sizes = [_size(one), _size(other)]
    if any(size is None for size in sizes):
        return 0
    return max(size[0] for size in sizes if size) + max(size[1] for size in sizes if size)


def _size(column: Column) -> tuple[int, int] | None:
    match column.datatype:
        case Decimal(precision, scale):
            return precision - scale, scale
        case Primitive(name) if name in _WHOLE_DIGITS:
            return _WHOLE_DIGITS[name], 0
        case _:
            return None
