"""Rules that compare an output with an input of the same job, as its function saw the input.

Great Expectations has no such rule on Spark: its row count of another table is for databases.
"""

from typing import Unpack

from framework.contract.expect.declare import rule
from framework.contract.expect.kinds import (
    NUMBERS,
    SCALARS,
    Column,
    Columns,
    Count,
    InputName,
    Number,
    Options,
    RowOptions,
    Text,
    Texts,
)
from framework.contract.types import Expectation


@rule(level="group", families=SCALARS)
def column_values_to_exist_in(
    column: Column,
    input: InputName,  # noqa: A002  # what the job calls it
    input_column: Text = None,
    **options: Unpack[RowOptions],
) -> Expectation:
    """Every value of `column` is one of the column of that name, or of `input_column`, in the input.

    Compared with the rows that the job's function got: the pinned version, cut to its window. NULLs
    are missing. NaN equals NaN.
    """


@rule(level="group", families=SCALARS)
def compound_columns_to_exist_in(
    column_list: Columns,
    input: InputName,  # noqa: A002  # what the job calls it
    input_column_list: Texts = (),
    **options: Unpack[RowOptions],
) -> Expectation:
    """Every combination of the columns is one of those, or of `input_column_list`, in the input.

    Rows where any of the columns is NULL are missing, as a foreign key of SQL has it (MATCH SIMPLE).
    """


@rule(level="table")
def table_row_count_to_equal_input(
    input: InputName,  # noqa: A002  # what the job calls it
    *,
    tolerance: Count = 0,
    **options: Unpack[Options],
) -> Expectation:
    """There are as many rows as in the input; the two may differ by `tolerance` rows.

    A job of whole tables: all rows against all that its function got. A job with an interval: the
    rows of each interval against those of the input whose time lies in it.
    """


@rule(level="table", families=NUMBERS)
def column_sum_to_equal_input_sum(
    column: Column,
    input: InputName,  # noqa: A002  # what the job calls it
    input_column: Text = None,
    *,
    tolerance: Number = 0,
    **options: Unpack[Options],
) -> Expectation:
    """The sum of `column` is that of the same column, or of `input_column`, in the input.

    The two may differ by `tolerance`, in the column's unit. NULLs add nothing; no rows add up to 0.
    Rows are compared as by `table_row_count_to_equal_input`. Sums of floats depend on their order:
    give them a tolerance.
    """
