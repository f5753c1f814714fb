"""Rules about several columns of one row."""

from typing import Unpack

from framework.contract.expect.declare import rule
from framework.contract.expect.kinds import (
    COMPARED,
    NUMBERS,
    ORDERED,
    SCALARS,
    Column,
    Columns,
    Flag,
    ListIgnored,
    PairIgnored,
    Pairs,
    RowOptions,
    Total,
)
from framework.contract.types import Expectation


@rule(families=ORDERED, compares=True)
def column_pair_values_a_to_be_greater_than_b(
    column_A: Column,  # noqa: N803  # Great Expectations' name
    column_B: Column,  # noqa: N803
    *,
    or_equal: Flag = False,
    ignore_row_if: PairIgnored = "both_values_are_missing",
    **options: Unpack[RowOptions],
) -> Expectation:
    """In every row `column_A` is greater than `column_B`. A row where one of them is NULL holds."""


@rule(families=SCALARS, compares=True)
def column_pair_values_to_be_equal(
    column_A: Column,  # noqa: N803
    column_B: Column,  # noqa: N803
    *,
    ignore_row_if: PairIgnored = "both_values_are_missing",
    **options: Unpack[RowOptions],
) -> Expectation:
    """In every row the two columns are equal; NULL equals only NULL."""


@rule(families=COMPARED)
def column_pair_values_to_be_in_set(
    column_A: Column,  # noqa: N803
    column_B: Column,  # noqa: N803
    value_pairs_set: Pairs,
    *,
    ignore_row_if: PairIgnored = "both_values_are_missing",
    **options: Unpack[RowOptions],
) -> Expectation:
    """In every row the two values are one of the pairs; a None in a pair is NULL."""


@rule(families=NUMBERS)
def multicolumn_sum_to_equal(
    column_list: Columns,
    sum_total: Total,
    *,
    ignore_row_if: ListIgnored = "all_values_are_missing",
    **options: Unpack[RowOptions],
) -> Expectation:
    """In every row the columns add up to `sum_total`; a NULL adds nothing."""


@rule(families=SCALARS, compares=True)
def multicolumn_values_to_be_equal(
    column_list: Columns,
    *,
    ignore_row_if: ListIgnored = "all_values_are_missing",
    **options: Unpack[RowOptions],
) -> Expectation:
    """In every row all of the columns are equal; NULL equals only NULL."""


@rule(families=SCALARS, compares=True)
def select_column_values_to_be_unique_within_record(
    column_list: Columns,
    *,
    ignore_row_if: ListIgnored = "all_values_are_missing",
    **options: Unpack[RowOptions],
) -> Expectation:
    """In no row two of the columns are equal; NULL equals NULL."""


@rule(level="group", families=SCALARS)
def compound_columns_to_be_unique(
    column_list: Columns,
    *,
    ignore_row_if: ListIgnored = "all_values_are_missing",
    **options: Unpack[RowOptions],
) -> Expectation:
    """No combination of the columns comes twice; NULL equals NULL."""
