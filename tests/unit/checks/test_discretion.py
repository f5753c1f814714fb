"""What a rule observed is told only where it is no value that somebody wanted to be kept."""

import pytest

from framework.audit.evaluate import build_verdict
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Judgement
from framework.checks.verdict import Observed, Verdict
from framework.contract import expect
from framework.contract.schema import Schema
from framework.contract.types import Expectation
from framework.interval import WHOLE

SCHEMA = Schema.of("id INT, carrier STRING, ssn STRING, pay DECIMAL(10,2)").masked("ssn", "pay")


def told(expectation: Expectation, observed: Observed) -> Verdict:
    """The verdict when a rule on `SCHEMA` has observed this."""
    check = compile_expectation(expectation, SCHEMA)
    return build_verdict("d", check, WHOLE, Judgement(state="fail", observed=observed, unexpected=3))


@pytest.mark.parametrize(
    "expectation",
    [
        expect.column_max_to_be_between("pay", 0, 10),
        expect.column_min_to_be_between("pay", 0, 10),
        expect.column_mean_to_be_between("pay", 0, 10),
        expect.column_distinct_values_to_be_in_set("ssn", ["a"]),
        expect.column_most_common_value_to_be_in_set("ssn", ["a"]),
        expect.compound_columns_to_be_unique(["id", "ssn"]),
    ],
    ids=lambda e: e.type,
)
def test_nothing_observed_on_a_masked_column_is_told(expectation: Expectation) -> None:
    """Neither an aggregate nor a list; how many rows break the rule is."""
    verdict = told(expectation, ("4711",))
    assert verdict.observed is None
    assert "masked" in verdict.reason
    assert "4711" not in repr(verdict)
    assert verdict.unexpected == 3


@pytest.mark.parametrize(
    ("expectation", "observed", "is_told"),
    [
        (expect.column_distinct_values_to_be_in_set("carrier", ["a"]), ("AA", "UA"), "2 values"),
        (expect.column_distinct_values_to_equal_set("carrier", ["a"]), ("AA",), "1 value"),
        (expect.column_most_common_value_to_be_in_set("carrier", ["a"]), (), "0 values"),
        (expect.column_max_to_be_between("id", 0, 10), 12, 12),
        (expect.column_unique_value_count_to_be_between("carrier", 0, 10), 12, 12),
        (expect.table_row_count_to_be_between(0, 10), 12, 12),
    ],
    ids=lambda given: getattr(given, "type", None),
)
def test_of_lists_of_values_their_length_is_told(
    expectation: Expectation, observed: Observed, is_told: Observed
) -> None:
    """Distinct values are values of rows; a count and a maximum are the rule's own numbers."""
    assert told(expectation, observed).observed == is_told
