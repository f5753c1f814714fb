"""Rules that Great Expectations evaluates are judged interval by interval like all others."""

from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from framework import WHOLE, Expectation, Schema, expect
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
    wrong = expect.unexpected_rows_expectation("SELECT * FROM {batch} WHERE CAST(s AS INT) > 1")
    fine = expect.column_values_to_be_json_parseable("s", mostly=0.5)
    _, two = judge(frame, wrong, fine)
    assert [each.state for each in two] == ["unknown", "pass"]
    assert two[0].reason == "Spark could not compute it (CAST_INVALID_INPUT)"
    assert "secret" not in f"{two[0].reason}"
    assert "secret" not in "".join(capfd.readouterr()[:1])


def test_it_leaves_no_file(frame: DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the working directory nor where it would put its data docs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    judge(frame, expect.column_values_to_be_json_parseable("s"))
    assert list(tmp_path.iterdir()) == []


def test_names_with_dots_and_backticks(spark: SparkSession) -> None:
    """A column's name is only a name, in a rule and in its condition; the names around it too."""
    names = Schema.of("`a.b` STRING, `tick``ed` INT, a STRUCT<b: INT>")
    assert names is not None
    frame = spark.sql(
        f"SELECT * FROM VALUES ('{GOOD}', 1, struct(1)), ('nope', 2, struct(2)) AS t(`a.b`, `tick``ed`, a)"
    )
    rules = [
        expect.column_values_to_be_json_parseable("a.b"),
        expect.column_values_to_be_json_parseable("a.b", row_condition="`tick``ed` < 2"),
        expect.column_values_to_be_increasing("tick`ed"),
        expect.column_values_to_be_increasing("tick`ed", row_condition="`a.b` = 'nope'"),
        expect.unexpected_rows_expectation("SELECT * FROM {batch} WHERE `tick``ed` > 1"),
    ]
    assert [fault for rule in rules for fault in faults_of(rule, names)] == []
    relation = Relation(frame=frame, labels={"": WHOLE}, name="t")
    found = evaluate({WHOLE: [compile_expectation(each, names) for each in rules]}, {}, lambda: relation)
    assert [each.state for each in found[WHOLE]] == ["fail", "pass", "pass", "pass", "fail"]


def test_more_intervals_are_no_more_spark_jobs(spark: SparkSession) -> None:
    """Rules over single rows and queries are counted for all intervals together."""

    def jobs(days: int) -> int:
        frame = spark.range(days * 3).selectExpr(
            "CAST(id AS INT) AS n", "'20130101' AS s", f"CAST(id % {days} AS STRING) AS day"
        )
        units = tuple(parse_interval("2013-01-01/2013-02-01", grain="day").units())[:days]
        relation = Relation(
            frame=frame, labels={str(n): day for n, day in enumerate(units)}, name="t", label="day"
        )
        rules = [
            expect.column_values_to_match_strftime_format("s", "%Y%m%d"),
            expect.column_values_to_be_json_parseable("s"),
            expect.unexpected_rows_expectation("SELECT * FROM {batch} WHERE n < 0"),
        ]
        group = f"{days} days"
        spark.sparkContext.setJobGroup(group, group)
        compiled = [compile_expectation(each, SCHEMA) for each in rules]
        found = evaluate(dict.fromkeys(units, compiled), {}, lambda: relation)
        assert {each.state for listed in found.values() for each in listed} == {"pass"}
        return len(spark.sparkContext.statusTracker().getJobIdsForGroup(group))

    assert jobs(3) == jobs(12)


def test_a_day_that_cannot_be_computed_leaves_the_others(spark: SparkSession) -> None:
    """Where the rule fails with an error on the rows of one interval, it is told on those of another."""
    schema = {"type": "object", "properties": {"a": {"$ref": "#/definitions/nowhere"}}}
    frame = spark.sql(f"SELECT * FROM VALUES (1, '[]', 'one'), (1, '{GOOD}', 'two') AS t(n, s, day)")
    one, two = judge(frame, expect.column_values_to_match_json_schema("s", schema))
    assert (one[0].state, two[0].state) == ("fail", "unknown")
    assert two[0].reason == "Great Expectations could not compute it (PythonException)"
