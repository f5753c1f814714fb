"""Rules about the values of one column, each by itself or by how often it comes."""

from typing import Unpack

from framework.contract.expect.declare import rule
from framework.contract.expect.kinds import (
    COMPARED,
    ORDERED,
    SCALARS,
    STRINGS,
    Bound,
    Column,
    Flag,
    Regex,
    RowOptions,
    ValueSet,
)
from framework.contract.types import Expectation


@rule()
def column_values_to_not_be_null(column: Column, **options: Unpack[RowOptions]) -> Expectation:
    """No value of `column` is NULL."""


@rule()
def column_values_to_be_null(column: Column, **options: Unpack[RowOptions]) -> Expectation:
    """Every value of `column` is NULL."""


@rule(level="group", families=SCALARS)
def column_values_to_be_unique(column: Column, **options: Unpack[RowOptions]) -> Expectation:
    """No value of `column` comes twice. Every row of a value that does is unexpected; NULLs are missing."""


@rule(families=COMPARED)
def column_values_to_be_in_set(
    column: Column, value_set: ValueSet, **options: Unpack[RowOptions]
) -> Expectation:
    """Every value of `column` equals one of `value_set`."""


@rule(families=COMPARED)
def column_values_to_not_be_in_set(
    column: Column, value_set: ValueSet, **options: Unpack[RowOptions]
) -> Expectation:
    """No value of `column` equals one of `value_set`."""


@rule(families=ORDERED, bounds=("min_value", "max_value"))
def column_values_to_be_between(
    column: Column,
    min_value: Bound = None,
    max_value: Bound = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[RowOptions],
) -> Expectation:
    """Every value lies in `min_value` … `max_value`, inclusive unless strict. NaN is above any maximum."""


@rule(families=STRINGS)
def column_values_to_match_regex(column: Column, regex: Regex, **options: Unpack[RowOptions]) -> Expectation:
    """`regex` (Java's dialect, as Spark's RLIKE) is found somewhere in every value of `column`."""


@rule(families=STRINGS)
def column_values_to_not_match_regex(
    column: Column, regex: Regex, **options: Unpack[RowOptions]
) -> Expectation:
    """`regex` (Java's dialect, as Spark's RLIKE) is found nowhere in any value of `column`."""
