"""Rules that Great Expectations evaluates are judged interval by interval like all others."""

from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from framework import Expectation, Schema, expect
from framework.audit.evaluate import evaluate
from framework.audit.relation import Relation
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Judgement
from framework.contract.catalogue import faults_of
from framework.interval import parse_interval

DAYS = tuple(parse_interval("2013-01-01/2013-01-03", grain="day").units())
_SCHEMA = Schema.of("n INT, s STRING")
assert _SCHEMA is not None
SCHEMA: Schema = _SCHEMA
GOOD = '{"a": 1}'
OBJECT = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "enum": [{"a": 1}]}


@pytest.fixture
def frame(spark: SparkSession) -> DataFrame:
    """Two days of rows, the second of which is bad."""
    return spark.sql(
        f"""
        SELECT * FROM VALUES (1, '{GOOD}', 'one'), (2, NULL, 'one'), (3, '{GOOD}', 'one'),
          (9, 'secret-value', 'two'), (1, '{GOOD}', 'two') AS t(n, s, day)
        """
    )


def judge(frame: DataFrame, *rules: Expectation) -> list[list[Judgement]]:
    """What is said of the rules on each of both days."""
    assert [fault for rule in rules for fault in faults_of(rule, SCHEMA)] == []
    compiled = [compile_expectation(rule, SCHEMA) for rule in rules]
    labels = {"one": DAYS[0], "two": DAYS[1]}
    relation = Relation(frame=frame, labels=labels, name="t", label="day")
    found = evaluate(dict.fromkeys(labels.values(), compiled), {}, lambda: relation)
    return [found[day] for day in labels.values()]


def test_each_interval_has_its_own_verdict(frame: DataFrame) -> None:
    """One bad day does not hold back the good one; NULLs are missing; compiled rules stand beside."""
    schema = expect.column_values_to_match_json_schema("s", OBJECT)
    one, two = judge(
        frame,
        schema,
        expect.column_values_to_be_increasing("n"),
        expect.column_values_to_be_between("n", 0, 8),
    )
    assert [each.state for each in one] == ["pass", "pass", "pass"]
    assert (one[0].unexpected, one[0].considered) == (0, 2)
    assert (two[1].state, two[2].state) == ("fail", "fail")


def test_a_query_sees_the_rows_of_the_interval_alone(frame: DataFrame) -> None:
    """Only the contract's columns, only this interval's rows; the number of them is what is observed."""
    rule = expect.unexpected_rows_expectation("SELECT * FROM {batch} WHERE n > 2")
    one, two = judge(frame, rule)
    assert [(each.state, each.observed) for each in (*one, *two)] == [("fail", 1), ("fail", 1)]


def test_mostly_and_row_condition_are_handed_over(frame: DataFrame) -> None:
    """A rule that is not compiled looks at the same rows as one that is."""
    mostly = expect.column_values_to_be_json_parseable("s", mostly=0.5)
    some = expect.column_values_to_be_json_parseable("s", row_condition="n < 5")
    _, two = judge(frame, mostly, some)
    assert [(each.state, each.unexpected, each.considered) for each in two] == [
        ("pass", 1, 2),
        ("pass", 0, 1),
    ]


def test_an_error_is_unknown_and_tells_no_row(frame: DataFrame, capfd: pytest.CaptureFixture[str]) -> None:
    """What it cannot compute never passes; the error's class is told, its text is not."""
    wrong = expect.unexpected_rows_expectation("SELECT CAST(s AS INT) AS x FROM {batch}")
    fine = expect.column_values_to_be_json_parseable("s", mostly=0.5)
    _, two = judge(frame, wrong, fine)
    assert [each.state for each in two] == ["unknown", "pass"]
    assert "Great Expectations could not compute it (" in (two[0].reason or "")
    assert "secret" not in f"{two[0].reason}"
    assert "secret" not in "".join(capfd.readouterr()[:1])


def test_it_leaves_no_file(frame: DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the working directory nor where it would put its data docs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    judge(frame, expect.column_values_to_be_json_parseable("s"))
    assert list(tmp_path.iterdir()) == []
