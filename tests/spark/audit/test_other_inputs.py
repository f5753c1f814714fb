"""Rules that compare an output with an input: what is counted, and of which rows."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from pyspark.sql import DataFrame, SparkSession

from framework import Input, Interval, Output, Schema, expect
from framework.audit.audit import audit
from framework.audit.compared import input_relations
from framework.checks.verdict import Verdict
from framework.contract.types import Expectation, Job
from framework.errors import Where
from framework.interval import WHOLE, parse_interval
from framework.project.project import Project
from tests.spark.audit.conftest import Stage

DAYS = tuple(parse_interval("2013-01-01/2013-01-04").units())
SCHEMA = "day DATE, code STRING, n BIGINT, x DOUBLE, d DECIMAL(10,2)"
HERE = Where(file="jobs/a.py", line=1)


class World:
    """A job with one input, which another job makes by day, or nobody."""

    def __init__(self, spark: SparkSession, stage: Stage, tmp_path: Path) -> None:
        self.spark = spark
        self.stage = stage
        self._root = tmp_path

    def frame(self, rows: Sequence[tuple[object, ...]], schema: str = SCHEMA) -> DataFrame:
        """Rows as Spark has them."""
        columns = schema.replace("day DATE", "day STRING")
        frame = self.spark.createDataFrame(list(rows), columns)
        return (
            frame.selectExpr("CAST(day AS DATE) day", *frame.columns[1:]) if "day" in frame.columns else frame
        )

    def verdicts(
        self,
        rules: Sequence[Expectation],
        rows: DataFrame,
        inputs: Mapping[str, DataFrame | None],
        *,
        intervals: tuple[Interval, ...] = (WHOLE,),
    ) -> dict[tuple[str, str], Verdict]:
        """The declared rules' verdicts by (rule's text, interval)."""
        daily = not intervals[0].is_whole
        output = Output("d", schema=SCHEMA, time="day" if daily else None, expectations=rules)
        makers = {
            name: Job(
                name=name,
                inputs={},
                outputs={"": Output(f"up.{name}", schema="day DATE", time="day")},
                where=HERE,
                interval="day",
                start="2013-01-01",
            )
            for name in inputs
            if name.startswith("daily")
        }
        job = Job(
            name="j",
            inputs={name: Input(f"up.{name}") for name in inputs},
            outputs={"": output},
            where=HERE,
            interval="day" if daily else None,
            start="2013-01-01" if daily else None,
        )
        project = Project(root=self._root, jobs={"j": job, **makers}, hashes={})
        if daily:
            label = "CASE WHEN day BETWEEN DATE'2013-01-01' AND DATE'2013-01-03' THEN concat('v', day) "
            rows = rows.selectExpr("*", f"{label} ELSE 'outside' END AS sparkjob_interval")
        audited = audit(
            self.stage(output, rows, intervals),
            spark=lambda: self.spark,
            inputs=input_relations(inputs, job, intervals, project),
        )
        return {(str(v.expectation), v.interval.label): v for v in audited.verdicts if not v.builtin}


@pytest.fixture
def world(spark: SparkSession, stage: Stage, tmp_path: Path) -> World:
    """One job and what it reads."""
    return World(spark, stage, tmp_path)


def test_values_exist_by_interval(world: World) -> None:
    """Each interval by itself; NULL is missing; `mostly` counts what is not; names may differ."""
    rows = world.frame(
        [
            ("2013-01-01", "AA", 1, 0.0, None),
            ("2013-01-01", None, 1, 0.0, None),
            ("2013-01-02", "AA", 2, float("nan"), None),
            ("2013-01-02", "ZZ", 3, -0.0, None),
            ("2013-01-02", "ZZ", 2, 7.0, None),
        ]
    )
    known = world.spark.sql(
        "SELECT * FROM VALUES ('AA', 1, 0D), ('AA', 2, double('NaN')), (NULL, 9, 1D) AS t(code, m, x)"
    )
    half = expect.column_values_to_exist_in("code", input="known", mostly=1 / 3)
    all_ = expect.column_values_to_exist_in("code", input="known")
    named = expect.column_values_to_exist_in("n", input="known", input_column="m")
    floats = expect.column_values_to_exist_in("x", "known")
    found = world.verdicts([half, all_, named, floats], rows, {"known": known}, intervals=DAYS)

    def of(rule: Expectation) -> list[tuple[str, int | None, int | None]]:
        each = [found[str(rule), day.label] for day in DAYS]
        return [(v.state, v.unexpected, v.considered) for v in each]

    assert of(all_) == [("pass", 0, 1), ("fail", 2, 3), ("pass", 0, 0)]
    assert of(half) == [("pass", 0, 1), ("pass", 2, 3), ("pass", 0, 0)]
    assert of(named) == [("pass", 0, 2), ("fail", 1, 3), ("pass", 0, 0)]
    assert of(floats) == [("pass", 0, 2), ("fail", 1, 3), ("pass", 0, 0)]
    assert found[str(all_), "2013-01-02"].filter is None


def test_combinations_exist(world: World) -> None:
    """A combination is looked for as one; a row with a NULL in any of its columns is missing."""
    rows = world.frame(
        [
            ("2013-01-01", "A", 1, None, None),
            ("2013-01-01", "A", 2, None, None),
            ("2013-01-01", None, 2, None, None),
        ]
    )
    known = world.spark.sql("SELECT * FROM VALUES ('A', 1), ('B', 2), (NULL, 2) AS t(c, n)")
    rule = expect.compound_columns_to_exist_in(["code", "n"], "known", ["c", "n"])
    some = expect.compound_columns_to_exist_in(["code", "n"], "known", ["c", "n"], row_condition="n = 1")
    found = world.verdicts([rule, some], rows, {"known": known})
    assert [(v.state, v.unexpected, v.considered) for v in found.values()] == [("fail", 1, 2), ("pass", 0, 1)]


def test_random_rows_are_counted_as_python_counts_them(world: World) -> None:
    """On random values with NULLs and repetitions the counts are those of a set in Python."""
    random = Random(4)
    values = [random.choice([None, *range(30)]) for _ in range(400)]
    known = {random.randrange(40) for _ in range(15)}
    rows = world.frame([(f"2013-01-0{1 + n % 3}", None, value, None, None) for n, value in enumerate(values)])
    other = world.spark.createDataFrame([(k,) for k in [*known, *known]], "n BIGINT")
    rule = expect.column_values_to_exist_in("n", "known")
    found = world.verdicts([rule], rows, {"known": other}, intervals=DAYS)
    for place, day in enumerate(DAYS):
        ours = [v for n, v in enumerate(values) if n % 3 == place and v is not None]
        verdict = found[str(rule), day.label]
        assert (verdict.unexpected, verdict.considered) == (sum(v not in known for v in ours), len(ours))


def test_counts_and_sums_by_interval(world: World) -> None:
    """An interval's rows and sums are those of the input's same interval; none on one side counts too."""
    rows = world.frame(
        [("2013-01-01", "a", 1, 0.5, Decimal("1.10")), ("2013-01-02", "a", 5, 1.0, Decimal("2.00"))]
    )
    other = world.frame(
        [
            ("2013-01-01", "a", 1, 0.25, Decimal("0.55")),
            ("2013-01-02", "a", 3, 1.0, Decimal("1.00")),
            ("2013-01-02", "a", None, 0.0, Decimal("0.99")),
            ("2013-01-03", "a", 7, 0.0, None),
            ("2013-02-01", "a", 99, 0.0, None),
        ]
    )
    rows_equal = expect.table_row_count_to_equal_input("daily")
    rows_near = expect.table_row_count_to_equal_input("daily", tolerance=1)
    sums = expect.column_sum_to_equal_input_sum("n", "daily")
    decimals = expect.column_sum_to_equal_input_sum("d", "daily", tolerance=Decimal("0.55"))
    floats = expect.column_sum_to_equal_input_sum("x", input="daily", input_column="x", tolerance=0.3)
    found = world.verdicts(
        [rows_equal, rows_near, sums, decimals, floats], rows, {"daily": other}, intervals=DAYS
    )

    def states(rule: Expectation) -> list[str]:
        return [found[str(rule), day.label].state for day in DAYS]

    assert states(rows_equal) == ["pass", "fail", "fail"]
    assert states(rows_near) == ["pass", "pass", "pass"]
    assert states(sums) == ["pass", "fail", "fail"]
    assert states(decimals) == ["pass", "pass", "pass"]
    assert states(floats) == ["pass", "pass", "pass"]
    assert found[str(sums), "2013-01-02"].observed == (("output", 5), ("input", 3))
    assert found[str(decimals), "2013-01-01"].observed == (("output", "1.10"), ("input", "0.55"))


def test_whole_tables(world: World) -> None:
    """A job without an interval is compared with all that it read."""
    rows = world.frame([("2013-01-01", "a", 1, None, None), ("2013-02-02", "a", 2, None, None)])
    other = world.spark.sql("SELECT * FROM VALUES (1), (1), (1) AS t(n)")
    counted, summed = (
        expect.table_row_count_to_equal_input("other"),
        expect.column_sum_to_equal_input_sum("n", "other"),
    )
    found = world.verdicts([counted, summed], rows, {"other": other})
    assert [(v.state, v.observed) for v in found.values()] == [
        ("fail", (("output", 2), ("input", 3))),
        ("pass", (("output", 3), ("input", 3))),
    ]


def test_what_is_not_there_is_unknown(world: World) -> None:
    """An optional input that is not there lets nothing pass."""
    rows = world.frame([("2013-01-01", "a", 1, None, None)])
    rules = [expect.column_values_to_exist_in("n", "gone"), expect.table_row_count_to_equal_input("gone")]
    found = world.verdicts(rules, rows, {"gone": None})
    assert {(v.state, v.reason) for v in found.values()} == {("unknown", 'the input "gone" is not there')}


def test_sums_of_a_masked_column_of_an_input_are_not_told(world: World, tmp_path: Path) -> None:
    """The verdict counts; what the two sums were is a value of the input's column, and that is masked."""
    rule = expect.column_sum_to_equal_input_sum("x", "pay", input_column="gross")
    output = Output("d", schema="x DOUBLE", expectations=[rule])
    masked = Output("up.pay", schema=Schema.of("gross DOUBLE").masked("gross"))
    job = Job(name="j", inputs={"pay": Input("up.pay")}, outputs={"": output}, where=HERE)
    maker = Job(name="pay", inputs={}, outputs={"": masked}, where=HERE)
    project = Project(root=tmp_path, jobs={"j": job, "pay": maker}, hashes={})
    pay = world.spark.sql("SELECT 4711.25D AS gross")
    audited = audit(
        world.stage(output, world.spark.sql("SELECT 1D AS x")),
        spark=lambda: world.spark,
        inputs=input_relations({"pay": pay}, job, (WHOLE,), project),
    )
    (verdict,) = [each for each in audited.verdicts if each.expectation == rule]
    assert (verdict.state, verdict.observed) == ("fail", None)
    assert "gross masked" in str(verdict.reason)
    assert "4711" not in repr(verdict)
