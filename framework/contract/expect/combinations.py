"""Rules about several columns of one row."""

from typing import Unpack

from framework.contract.expect.declare import rule
from framework.contract.expect.kinds import SCALARS, Columns, RowOptions
from framework.contract.types import Expectation


@rule(level="group", families=SCALARS)
def compound_columns_to_be_unique(column_list: Columns, **options: Unpack[RowOptions]) -> Expectation:
    """No combination of the columns comes twice. Rows where all of them are NULL are missing."""
