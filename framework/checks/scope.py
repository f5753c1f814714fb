"""Which rows a rule with `scope="table"` has to look at beside the staged ones, if any."""

from framework.contract.catalogue import columns_of
from framework.contract.types import Expectation, Output

_UNIQUE = ("column_values_to_be_unique", "compound_columns_to_be_unique")
"""Rules about equal values."""


def reads_table(expectation: Expectation, output: Output, *, whole: bool) -> bool:
    """Whether the rule needs the table's other rows; `whole`: the table has no intervals."""
    return expectation.scope == "table" and why_staged(expectation, output, whole=whole) is None


def why_staged(expectation: Expectation, output: Output, *, whole: bool) -> str | None:
    """Why the staged rows tell all that a rule with `scope="table"` asks; None: they do not.

    Rows of one interval are published and checked together, and an interval is told by the time
    column alone: rows that are equal in it cannot be of two intervals.
    """
    if whole:
        return "the whole table is staged"
    named = columns_of(expectation) if expectation.type in _UNIQUE else ()
    if expectation.mostly == 1 and output.time is not None and output.time in named:
        return f"rows of two intervals differ in {output.time}"
    return None
