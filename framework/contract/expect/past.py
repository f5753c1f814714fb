"""Rules that compare an output with time and with what its table holds already.

Great Expectations has none of these. Factors of the row count are those of Deequ's
`RelativeRateOfChangeStrategy`, a window of intervals is what Soda's change checks have.
"""

from typing import Unpack

from framework.contract.expect.declare import rule
from framework.contract.expect.kinds import TIMES, Column, Flag, Number, PastOptions, Reach
from framework.contract.types import Expectation


@rule(level="table", bounds=("min_factor", "max_factor"))
def table_row_count_change_to_be_between(
    min_factor: Number = None,
    max_factor: Number = None,
    *,
    window: Reach = None,
    median: Flag = False,
    **options: Unpack[PastOptions],
) -> Expectation:
    """The number of rows, divided by that of the interval before, lies in `min_factor` … `max_factor`.

    With `window="7 days"`: by the mean, or the median, of the published intervals of the 7 days
    before. A whole table is compared with the present one. What was never published is not compared
    with: without any earlier rows the rule passes, and says so.
    """


@rule(level="table", families=TIMES)
def column_max_to_be_recent(column: Column, within: Reach, **options: Unpack[PastOptions]) -> Expectation:
    """The newest value of a DATE or TIMESTAMP column is no older than `within`: "36 hours", "2 days".

    Looked at from the end of the interval; for a whole table from the start of the run. A DATE is the
    first instant of its day. A column without values is not recent.
    """
