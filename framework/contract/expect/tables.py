"""Rules about all rows together, and about the columns that there are."""

from typing import Unpack

from framework.contract.expect.declare import rule
from framework.contract.expect.kinds import Count, Options
from framework.contract.types import Expectation


@rule(level="table", bounds=("min_value", "max_value"))
def table_row_count_to_be_between(
    min_value: Count = None, max_value: Count = None, **options: Unpack[Options]
) -> Expectation:
    """The number of rows lies in `min_value` … `max_value`, both inclusive; None is no bound."""
