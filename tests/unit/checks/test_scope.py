"""Which rules look at the whole table, which need only the staged rows for it, which cannot."""

import pytest

from framework import Expectation, Input, Output, Schema, expect, job
from framework.checks.scope import reads_table, why_staged
from framework.contract.catalogue import faults_of
from framework.contract.declare import ATTRIBUTE
from framework.contract.validate import validate_job

SCHEMA = "day DATE NOT NULL, id INT, amount DOUBLE"
DAILY = Output("d", schema=SCHEMA, time="day")


@pytest.mark.parametrize(
    ("rule", "reads"),
    [
        (expect.column_values_to_be_unique("id"), False),
        (expect.column_values_to_be_unique("id", scope="table"), True),
        (expect.compound_columns_to_be_unique(["id", "amount"], scope="table"), True),
        (expect.compound_columns_to_be_unique(["id", "day"], scope="table"), False),
        (expect.compound_columns_to_be_unique(["id", "day"], scope="table", mostly=0.9), True),
        (expect.column_values_to_be_unique("day", scope="table"), False),
        (expect.column_values_to_be_between("id", 0, scope="table"), True),
        (expect.column_values_to_not_be_null("day", scope="table"), True),
    ],
)
def test_a_rule_reads_the_table_where_the_staged_rows_do_not_tell(rule: Expectation, reads: bool) -> None:
    """Rows of two intervals differ in the time column; a whole table is staged whole."""
    assert reads_table(rule, DAILY, whole=False) == reads
    assert not reads_table(rule, DAILY, whole=True)


def test_why_the_staged_rows_are_enough_is_said() -> None:
    """In words, for a person."""
    rule = expect.compound_columns_to_be_unique(["id", "day"], scope="table")
    assert why_staged(rule, DAILY, whole=False) == "rows of two intervals differ in day"
    assert why_staged(rule, DAILY, whole=True) == "the whole table is staged"


@pytest.mark.parametrize(
    "rule",
    [
        expect.column_max_to_be_recent("day", "2 days", scope="table"),
        expect.table_row_count_change_to_be_between(0.5, scope="table"),
        expect.column_values_to_exist_in("id", "other", scope="table"),
        expect.table_row_count_to_equal_input("other", scope="table"),
    ],
)
def test_rules_about_what_this_run_makes_take_no_scope(rule: Expectation) -> None:
    """Earlier rows, the clock and an input's rows have nothing to do with the table's other rows."""
    schema = Schema.of(SCHEMA)
    assert schema is not None
    (fault,) = faults_of(rule, schema)
    assert 'scope="table" has no meaning' in fault.what


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (expect.column_max_to_be_recent("day"), 'the argument "within" is missing'),
        (expect.column_max_to_be_recent("day", "soon"), "within='soon' is no stretch of time"),
        (expect.column_max_to_be_recent("day", 3), "within=3 is no stretch of time"),
        (expect.column_max_to_be_recent("id", "2 days"), 'cannot look at column "id" of type INT'),
        (expect.table_row_count_change_to_be_between(), "neither min_factor nor max_factor is given"),
        (expect.table_row_count_change_to_be_between(2, 1), "min_factor is greater than max_factor"),
        (expect.table_row_count_change_to_be_between(1, window="all"), "window='all' is no stretch of time"),
        (expect.table_row_count_change_to_be_between("x"), "min_factor='x' is no"),
        (expect.table_row_count_change_to_be_between(1, median=1), "median=1 is neither True nor False"),
    ],
)
def test_a_misused_rule_about_the_past_is_named(rule: Expectation, what: str) -> None:
    """Before anything runs."""
    schema = Schema.of(SCHEMA)
    assert schema is not None
    assert any(what in fault.what for fault in faults_of(rule, schema)), faults_of(rule, schema)


def test_a_whole_table_has_no_window() -> None:
    """There is one earlier state of it, the present one."""
    change = expect.table_row_count_change_to_be_between(0.5, window="7 days")

    @job(inputs={"other": Input("o.p")}, outputs=Output("d.e", schema=SCHEMA, expectations=[change]))
    def made(other: object) -> None:
        """Make it."""

    found = [fault.what for fault in validate_job(getattr(made, ATTRIBUTE))]
    assert found == ["table_row_count_change_to_be_between: window on a job without intervals"]
