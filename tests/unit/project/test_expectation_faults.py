"""Rules that look at an input, and rules on inputs: everything that is wrong with them, with its place."""

from pathlib import Path

import pytest

from framework import Input, Output, expect
from framework.contract.types import Expectation, Job
from framework.errors import Fault, Where
from framework.project.project import Project
from framework.project.validate import validate_project

HERE = Where(file="jobs/a.py", line=1)
SCHEMA = "day DATE, carrier STRING, n INT, price DECIMAL(10,2), at TIMESTAMP"


def _job(
    name: str, output: Output, *, interval: str | None = "day", zone: str = "UTC", **inputs: Input
) -> Job:
    return Job(
        name=name,
        inputs=inputs or {"source": Input("raw.any")},
        outputs={"": output},
        where=HERE,
        runner="elsewhere",
        interval=interval,
        start="2013-01-01" if interval else None,
        timezone=zone,
    )


MAKERS = (
    _job(
        "airlines", Output("ref.airlines", schema="carrier STRING, number BIGINT, name STRING"), interval=None
    ),
    _job("daily", Output("up.daily", schema=SCHEMA, time="day")),
    _job("timed", Output("up.timed", schema=SCHEMA, time="at")),
    _job("local", Output("up.local", schema=SCHEMA, time="day"), zone="Asia/Tokyo"),
)


def _faults(
    *rules: Expectation, interval: str | None = "day", time: str = "day", **inputs: Input
) -> list[Fault]:
    output = Output("x.a", schema=SCHEMA, time=time if interval else None, expectations=rules)
    job = _job("a", output, interval=interval, **inputs)
    project = Project(root=Path(), jobs={each.name: each for each in (job, *MAKERS)}, hashes={})
    return validate_project(project, sources={"raw.any"})


def _said(*rules: Expectation, interval: str | None = "day", **inputs: Input) -> list[str]:
    return [fault.what for fault in _faults(*rules, interval=interval, **inputs)]


def test_sound_rules_have_no_fault() -> None:
    """Values of one kind, in inputs of any schema; rows and sums of the same days."""
    rules = [
        expect.column_values_to_exist_in("carrier", "airlines"),
        expect.column_values_to_exist_in("n", "airlines", input_column="number"),
        expect.column_values_to_exist_in("carrier", "unknown"),
        expect.compound_columns_to_exist_in(["carrier", "day"], input="daily"),
        expect.table_row_count_to_equal_input("daily", tolerance=3),
        expect.column_sum_to_equal_input_sum("n", "timed", input_column="price", tolerance=0.5),
    ]
    inputs = {
        "airlines": Input("ref.airlines", columns=["carrier", "number"]),
        "unknown": Input("raw.any"),
        "daily": Input("up.daily", window="7 days"),
        "timed": Input("up.timed"),
    }
    assert _said(*rules, **inputs) == []


def test_whole_tables_are_compared_with_anything() -> None:
    """Without intervals no time column is needed."""
    rules = [
        expect.table_row_count_to_equal_input("airlines"),
        expect.table_row_count_to_equal_input("daily"),
    ]
    assert _said(*rules, interval=None, airlines=Input("ref.airlines"), daily=Input("up.daily")) == []


def test_faults_stand_at_the_rule() -> None:
    """The file and line of the rule, not of the job."""
    rule = expect.column_values_to_exist_in("carrier", "airline")
    (fault,) = _faults(rule, airlines=Input("ref.airlines"))
    assert fault.where == rule.where
    assert fault.what == 'column_values_to_exist_in: a has no input "airline"'
    assert fault.hint == 'did you mean "airlines"? Inputs: airlines'


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            expect.column_values_to_exist_in("carrier", "airlines", "carier"),
            'the input "airlines" has no column "carier"',
        ),
        (
            expect.column_values_to_exist_in("n", "airlines", "carrier"),
            '"n" of type INT cannot be compared with "carrier" of the input "airlines", of type STRING',
        ),
        (
            expect.column_values_to_exist_in("carrier", "airlines", "name"),
            'the input "airlines" has no column "name"',
        ),
        (
            expect.compound_columns_to_exist_in(["carrier", "n"], "airlines", ["carrier"]),
            '2 columns are compared with 1 of the input "airlines"',
        ),
        (
            expect.table_row_count_to_equal_input("airlines"),
            'the input "airlines" cannot be compared day by day: ref.airlines has no time column',
        ),
        (
            expect.table_row_count_to_equal_input("local"),
            'the input "local" cannot be compared day by day: its days are those of Asia/Tokyo, not of UTC',
        ),
        (
            expect.table_row_count_to_equal_input("daily"),
            'the input "daily" cannot be compared day by day: its time column "day" is not read',
        ),
        (
            expect.column_sum_to_equal_input_sum("n", "daily", "carrier"),
            '"n" of type INT cannot be compared with "carrier" of the input "daily", of type STRING',
        ),
    ],
    ids=lambda value: value.type if isinstance(value, Expectation) else "",
)
def test_what_cannot_be_compared(rule: Expectation, said: str) -> None:
    """Columns that are not read, values of another kind, rows that no interval tells apart."""
    inputs = {
        "airlines": Input("ref.airlines", columns=["carrier", "number"]),
        "daily": Input("up.daily", columns=["carrier", "n"]),
        "local": Input("up.local"),
    }
    assert f"{rule.type}: {said}" in _said(rule, **inputs)


def test_arguments_of_the_rules() -> None:
    """A tolerance that is none, a name that is none, rows of the whole table: each is a fault."""
    wrong = [
        expect.table_row_count_to_equal_input("daily", tolerance=-1),
        expect.column_sum_to_equal_input_sum("carrier", "daily"),
        expect.column_values_to_exist_in("n", "daily", scope="table"),
        expect.column_values_to_exist_in("n", "daily", on_fail="quarantine"),
        expect.column_values_to_exist_in("n"),  # type: ignore[call-arg]  # that is the fault
        expect.column_values_to_exist_in("n", input=5),  # type: ignore[arg-type]  # that is the fault
    ]
    for rule in wrong:
        assert _said(rule, daily=Input("up.daily")), str(rule)


def test_rules_on_inputs() -> None:
    """Held against the producer's columns, or the file's; no quarantine, no table, no other input."""
    assert _said(daily=Input("up.daily", expectations=[expect.column_values_to_be_between("n", 0, 9)])) == []
    schema = Input("raw.any", schema="n INT", expectations=[expect.column_values_to_be_between("n", 0, 9)])
    assert _said(raw=schema) == []
    for rule in (
        expect.column_values_to_not_be_null("m"),
        expect.column_values_to_be_between("carrier", 0, 1),
        expect.column_values_to_not_be_null("n", on_fail="quarantine"),
        expect.column_values_to_be_unique("n", scope="table"),
        expect.column_values_to_exist_in("n", "daily"),
        expect.table_row_count_change_to_be_between(0.5, 2),
    ):
        (fault, *_) = _faults(daily=Input("up.daily", expectations=[rule]))
        assert fault.where == rule.where


def test_rules_on_inputs_of_unknown_columns() -> None:
    """Of a file without a schema only what is wrong whatever its columns are is found before it is read."""

    def said(rule: Expectation) -> list[str]:
        return _said(raw=Input("raw.any", expectations=[rule]))

    assert said(expect.column_values_to_be_between("n", 0, 9)) == []
    assert said(expect.column_values_to_not_be_null("n")) == []
    assert said(expect.column_values_to_not_be_null("n", mostly=2)) == [
        "column_values_to_not_be_null: mostly=2 is no fraction"
    ]
    assert said(expect.column_values_to_match_regex("n", "(")) != []
    assert said(expect.column_values_to_not_be_nul("n")) == [  # type: ignore[attr-defined]  # the fault
        'unknown expectation "column_values_to_not_be_nul"'
    ]
