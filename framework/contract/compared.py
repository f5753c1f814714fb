"""What is wrong with columns that a rule compares with each other, or with pairs of values."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from framework.contract.argument import Family, family_of
from framework.contract.digits import MOST, digits_together
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


def find_incomparable(rule: Rule, columns: Sequence[Column]) -> Found:
    """Pairs of columns that are not compared as they are: of other kinds, or of too many digits together."""
    for one, other in combinations([column for column in columns if takes(rule, column)], 2):
        names = f'"{one.name}" of type {one.type.upper()} with "{other.name}" of type {other.type.upper()}'
        if _kind(one) != _kind(other):
            yield f"cannot compare {names}", "Numbers with numbers, dates and timestamps, else equal types"
        elif (digits := digits_together(one.datatype, other.datatype)) > MOST:
            hint = f"{digits} digits are needed, {MOST} can be had"
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
