"""What a plan says of checks before anything is read."""

import pytest

from framework import WHOLE, Expectation, Output, expect
from framework.checks.passes import evaluations, summarise
from framework.interval import parse_interval

SCHEMA = "day DATE, carrier STRING, n INT, x DOUBLE, m MAP<STRING,INT>"


@pytest.mark.parametrize(
    ("expectation", "kind", "detail", "may_scan"),
    [
        (expect.column_to_exist("n"), "schema", "", False),
        (expect.table_row_count_to_equal(5), "footers", "", False),
        (expect.column_values_to_not_be_null("x"), "footers", "", False),
        (expect.column_values_to_not_be_null("m"), "aggregate", "", False),
        (expect.column_max_to_be_between("n", 1), "footers", "", True),
        (expect.column_max_to_be_between("x", 1), "aggregate", "", False),
        (expect.column_values_to_be_between("day", "2013-01-01"), "footers", "", True),
        (expect.column_values_to_be_between("carrier", "A"), "aggregate", "", False),
        (expect.column_max_to_be_between("n", 1, row_condition="x > 1"), "aggregate", "", False),
        (expect.column_values_to_not_be_outliers("x"), "second aggregate", "", False),
        (expect.column_values_to_be_unique("n"), "pass", "n", False),
        (expect.column_values_to_be_unique("n", row_condition="x > 1"), "pass", "n where x > 1", False),
        (expect.column_median_to_be_between("x", 1), "pass", "quantiles of x", False),
        (expect.column_values_to_be_unique("n", scope="table"), "table", "", False),
        (expect.column_values_to_be_unique("day", scope="table"), "pass", "day", False),
    ],
    ids=str,
)
def test_each_rule_says_what_it_looks_at(
    expectation: Expectation, kind: str, detail: str, may_scan: bool
) -> None:
    """Footers only where they tell it of such a column; a pass with its columns; the table if it is read."""
    output = Output("d", schema=SCHEMA, time="day", expectations=[expectation])
    found = evaluations(output, parse_interval("2013-01-01"))[-1]
    assert (found.expectation, found.builtin) == (expectation, False)
    assert (found.kind, found.detail, found.may_scan) == (kind, detail, may_scan)


def test_builtin_checks_are_counted_once() -> None:
    """Built-in checks are among them, and what is declared in the same words is not counted twice."""
    declared = expect.compound_columns_to_be_unique(("day", "carrier"))
    output = Output("d", schema=SCHEMA, key=("day", "carrier"), expectations=[declared])
    found = [(str(each.expectation), each.builtin) for each in evaluations(output, WHOLE)]
    assert found == [
        ("table_columns_to_match_ordered_list({day, carrier, n, x, m})", True),
        ("column_values_to_not_be_null(day)", True),
        ("column_values_to_not_be_null(carrier)", True),
        ("compound_columns_to_be_unique({day, carrier})", False),
    ]


def test_a_summary_says_the_cost() -> None:
    """From the cheapest to the dearest, with what the passes are over."""
    output = Output(
        "d",
        schema=SCHEMA,
        key=("day", "carrier"),
        expectations=[
            expect.column_mean_to_be_between("x", 1),
            expect.column_unique_value_count_to_be_between("carrier", 1),
            expect.column_distinct_values_to_be_in_set("carrier", ["AA"]),
        ],
    )
    assert summarise(evaluations(output, WHOLE)) == (
        "7 checks: 3 by footers, 1 in one aggregate, 3 in 2 passes (day, carrier; carrier)"
    )
    assert summarise([]) == "0 checks: nothing to look at"
