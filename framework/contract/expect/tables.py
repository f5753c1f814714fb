"""Rules about the number of rows, and about the columns that there are."""

from typing import Unpack

from framework.contract.expect.declare import rule
from framework.contract.expect.kinds import Count, DomainOptions, Flag, Options, Text, Texts
from framework.contract.types import Expectation

_BOUNDS = ("min_value", "max_value")


@rule(level="table")
def table_row_count_to_equal(value: Count, **options: Unpack[DomainOptions]) -> Expectation:
    """There are exactly `value` rows."""


@rule(level="table", bounds=_BOUNDS)
def table_row_count_to_be_between(
    min_value: Count = None,
    max_value: Count = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[DomainOptions],
) -> Expectation:
    """The number of rows lies in `min_value` … `max_value`, inclusive unless strict; None is no bound."""


@rule(level="table")
def table_column_count_to_equal(value: Count, **options: Unpack[Options]) -> Expectation:
    """There are exactly `value` columns; the fields of a STRUCT are no columns."""


@rule(level="table", bounds=_BOUNDS)
def table_column_count_to_be_between(
    min_value: Count = None, max_value: Count = None, **options: Unpack[Options]
) -> Expectation:
    """The number of columns lies in `min_value` … `max_value`, both inclusive; None is no bound."""


@rule(level="table")
def table_columns_to_match_ordered_list(column_list: Texts, **options: Unpack[Options]) -> Expectation:
    """The columns are exactly these, in this order."""


@rule(level="table")
def table_columns_to_match_set(
    column_set: Texts, *, exact_match: Flag = True, **options: Unpack[Options]
) -> Expectation:
    """The columns are exactly these, in any order; without `exact_match` there may be others."""


@rule(level="table")
def column_to_exist(column: Text, column_index: Count = None, **options: Unpack[Options]) -> Expectation:
    """There is a column of this name, at this place (from 0) if one is given."""
