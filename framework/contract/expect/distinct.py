"""Rules about the different values that one column has, NULL left out."""

from typing import Unpack

from framework.contract.expect.declare import rule
from framework.contract.expect.kinds import (
    COMPARED,
    SCALARS,
    Column,
    Count,
    DomainOptions,
    Flag,
    Number,
    ValueSet,
)
from framework.contract.types import Expectation

_BOUNDS = ("min_value", "max_value")


@rule(level="table", families=SCALARS, bounds=_BOUNDS)
def column_unique_value_count_to_be_between(
    column: Column,
    min_value: Count = None,
    max_value: Count = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[DomainOptions],
) -> Expectation:
    """The number of distinct values lies in `min_value` … `max_value`."""


@rule(level="table", families=SCALARS, bounds=_BOUNDS)
def column_proportion_of_unique_values_to_be_between(
    column: Column,
    min_value: Number = None,
    max_value: Number = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[DomainOptions],
) -> Expectation:
    """Distinct values as a fraction of all values lie in `min_value` … `max_value`; 0 of no values."""


@rule(level="table", families=COMPARED)
def column_distinct_values_to_be_in_set(
    column: Column, value_set: ValueSet, **options: Unpack[DomainOptions]
) -> Expectation:
    """Every distinct value is one of `value_set`. Unexpected are values, not rows."""


@rule(level="table", families=COMPARED)
def column_distinct_values_to_contain_set(
    column: Column, value_set: ValueSet, **options: Unpack[DomainOptions]
) -> Expectation:
    """Every value of `value_set` comes at least once."""


@rule(level="table", families=COMPARED)
def column_distinct_values_to_equal_set(
    column: Column, value_set: ValueSet, **options: Unpack[DomainOptions]
) -> Expectation:
    """The distinct values are those of `value_set`, all of them. Unexpected are values, not rows."""


@rule(level="table", families=COMPARED)
def column_most_common_value_to_be_in_set(
    column: Column, value_set: ValueSet, *, ties_okay: Flag = False, **options: Unpack[DomainOptions]
) -> Expectation:
    """The value that comes most often is one of `value_set`.

    Where several come as often, fails, or with `ties_okay` holds if one of them is. Fails without values.
    """
