"""The audit over files that Spark staged: what each rule finds, and that its filter finds the same rows."""
# ruff: noqa: E501 - one case a line reads as a table

from collections.abc import Callable, Sequence

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from framework import Expectation, Output, expect
from framework.audit.audit import audit
from framework.audit.audited import Audited
from framework.checks.builtin import Constraint
from framework.checks.verdict import Verdict
from framework.contract.catalogue import faults_of
from framework.interval import parse_interval
from framework.stage.staged import Staged

Stage = Callable[..., Staged]
DAYS = tuple(parse_interval("2013-01-01/2013-01-04").units())
SCHEMA = "id INT, x DOUBLE, f FLOAT, d DECIMAL(38,10), s STRING, day DATE, at TIMESTAMP, `o``dd name` STRING, b BOOLEAN"


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """Rows with every awkward value."""
    made = spark.sql(
        """
        SELECT * FROM VALUES
          (1,    double('NaN'),       float(0.1), 0.1BD,  'a',      DATE'2013-01-01', TIMESTAMP'2013-01-01T00:00:00Z', 'x', true),
          (2,    double('Infinity'),  float(-0.0), -0.5BD, 'it\\'s',  DATE'2013-01-02', TIMESTAMP'2013-01-01T23:59:59.999999Z', NULL, false),
          (2,    -0.0D,               NULL,       NULL,   '\\u0024{env:HOME}', DATE'1969-12-31', NULL, '', NULL),
          (NULL, 1.5D,                float('NaN'), 9999999999999999999999999999.0000000001BD, '\\\\d', NULL, TIMESTAMP'0001-01-01T00:00:00Z', 'y', true),
          (NULL, NULL,                float(1),   1BD,    NULL,     DATE'2013-01-02', TIMESTAMP'2013-01-02T00:00:00Z', 'y', true)
        """
    ).toDF("id", "x", "f", "d", "s", "day", "at", "o`dd name", "b")
    wanted = ["INT", "DOUBLE", "FLOAT", "DECIMAL(38,10)", "STRING", "DATE", "TIMESTAMP", "STRING", "BOOLEAN"]
    casts = [
        F.col(f"`{n.replace('`', '``')}`").cast(t).alias(n) for n, t in zip(made.columns, wanted, strict=True)
    ]
    return made.select(*casts)


def run(
    spark: SparkSession,
    stage: Stage,
    frame: DataFrame,
    expectations: Sequence[Expectation],
    **options: object,
) -> Audited:
    """Stage the frame as a whole table with these expectations, and audit it."""
    output = Output("d", schema=SCHEMA, expectations=expectations, **options)
    assert output.schema is not None
    assert [str(fault) for e in expectations for fault in faults_of(e, output.schema)] == []
    return audit(stage(output, frame), spark=lambda: spark)


def declared(audited: Audited) -> list[Verdict]:
    """Verdicts of what the output declares."""
    return [verdict for verdict in audited.verdicts if not verdict.builtin]


CASES: list[tuple[Expectation, int, int]] = [
    (expect.column_values_to_not_be_null("id"), 2, 5),
    (expect.column_values_to_be_null("id"), 3, 5),
    (expect.column_values_to_be_unique("id"), 2, 3),
    (expect.column_values_to_be_unique("s"), 0, 4),
    (expect.compound_columns_to_be_unique(["id", "b"]), 2, 5),
    (expect.compound_columns_to_be_unique(["id", "s"]), 0, 4),
    (expect.column_values_to_be_between("x", 0, 10), 2, 4),
    (expect.column_values_to_be_between("x", 0), 0, 4),
    (expect.column_values_to_be_between("x", max_value=float("inf")), 1, 4),
    (expect.column_values_to_be_between("x", 0, strict_min=True), 1, 4),
    (expect.column_values_to_be_between("f", 0.1, 1), 2, 4),
    (expect.column_values_to_be_between("d", 0.1, 1), 2, 4),
    (expect.column_values_to_be_between("d", "-0.5", "9999999999999999999999999999.0000000001"), 0, 4),
    (expect.column_values_to_be_between("d", max_value="9999999999999999999999999999"), 1, 4),
    (expect.column_values_to_be_between("id", 1.5, 2), 1, 3),
    (expect.column_values_to_be_between("day", "2013-01-01", "2013-01-02"), 1, 4),
    (expect.column_values_to_be_between("at", "2013-01-01", "2013-01-02T00:00:00Z", strict_max=True), 2, 4),
    (expect.column_values_to_be_between("s", "a", "j"), 2, 4),
    (expect.column_values_to_be_in_set("x", [0.0, 1.5, *range(2, 20)]), 2, 4),
    (expect.column_values_to_not_be_in_set("x", [0.0, *range(2, 20)]), 1, 4),
    (expect.column_values_to_be_in_set("s", ["a", "it's", "${env:HOME}", "\\d"]), 0, 4),
    (expect.column_values_to_be_in_set("s", []), 4, 4),
    (expect.column_values_to_not_be_in_set("s", []), 0, 4),
    (expect.column_values_to_be_in_set("d", ["0.1", 1, -0.5]), 1, 4),
    (expect.column_values_to_be_in_set("day", ["2013-01-01", "2013-01-02"]), 1, 4),
    (expect.column_values_to_be_in_set("b", [True]), 1, 4),
    (expect.column_values_to_match_regex("s", r"^\W"), 2, 4),
    (expect.column_values_to_match_regex("s", r"'|^.$|\$\{|\\"), 0, 4),
    (expect.column_values_to_not_match_regex("s", r"[${]env:HOME"), 1, 4),
    (expect.column_values_to_not_match_regex("o`dd name", "y"), 2, 4),
]


def test_each_rule_counts_what_breaks_it(spark: SparkSession, stage: Stage, frame: DataFrame) -> None:
    """Unexpected and considered rows are Great Expectations' numbers; the filter finds those rows."""
    audited = run(spark, stage, frame, [case for case, _, _ in CASES])
    found = [(str(v.expectation), v.unexpected, v.considered) for v in declared(audited)]
    assert found == [(str(e), unexpected, considered) for e, unexpected, considered in CASES]
    for verdict in declared(audited):
        assert verdict.state == ("pass" if verdict.unexpected == 0 else "fail")
        if verdict.filter is not None:
            assert frame.where(verdict.filter).count() == verdict.unexpected, verdict.filter


def test_mostly_decides_at_its_edge(spark: SparkSession, stage: Stage, frame: DataFrame) -> None:
    """A fraction that equals `mostly` passes; NULLs count only in rules about NULL."""
    audited = run(
        spark,
        stage,
        frame,
        [
            expect.column_values_to_not_be_null("id", mostly=0.6),
            expect.column_values_to_not_be_null("id", mostly=0.61),
            expect.column_values_to_be_between("x", 0, 10, mostly=0.5),
            expect.column_values_to_be_between("x", 0, 10, mostly=0.51, severity="warning"),
        ],
    )
    assert [v.state for v in declared(audited)] == ["pass", "fail", "pass", "fail"]
    assert [v.stops for v in declared(audited)] == [False, True, False, False]


def test_what_cannot_be_computed_is_unknown(spark: SparkSession, stage: Stage, frame: DataFrame) -> None:
    """A regular expression that Java refuses is unknown and stops the publish; the others are judged."""
    audited = run(
        spark,
        stage,
        frame,
        [
            expect.column_values_to_match_regex("s", r"\p{IsNowhere}"),
            expect.column_values_to_match_regex("s", "."),
            expect.column_values_to_be_between("x", 0),
        ],
    )
    states = [(v.state, v.unexpected) for v in declared(audited)]
    assert states == [("unknown", None), ("pass", 0), ("pass", 0)]
    assert "PatternSyntaxException" in (declared(audited)[0].reason or "")
    assert audited.publishable == ()


def test_constraints_of_the_table_are_checked(spark: SparkSession, stage: Stage, frame: DataFrame) -> None:
    """A CHECK that Delta would enforce is enforced here; NULL breaks it, as in Delta."""
    staged = stage(Output("d", schema=SCHEMA), frame)
    audited = audit(staged, spark=lambda: spark, constraints=[Constraint(name="positive", sql="id > 1")])
    found = next(v for v in audited.verdicts if v.expectation.type == "rows_to_hold_constraint")
    assert (found.state, found.unexpected, found.builtin) == ("fail", 3, True)
    assert frame.where(found.filter or "").count() == 3


def test_key_and_time_are_checked_for_a_whole_table(
    spark: SparkSession, stage: Stage, frame: DataFrame
) -> None:
    """Key columns and the time column are not NULL, the key is unique, without anything declared."""
    audited = run(spark, stage, frame, [], key=("id",), time="day")
    found = {str(v.expectation): (v.state, v.unexpected) for v in audited.verdicts}
    assert found["column_values_to_not_be_null(id)"] == ("fail", 2)
    assert found["column_values_to_not_be_null(day)"] == ("fail", 1)
    assert found["compound_columns_to_be_unique({id})"] == ("fail", 2)


def test_one_bad_day_does_not_hold_back_the_others(spark: SparkSession, stage: Stage) -> None:
    """Intervals of a batch are judged apart, in one aggregate, the empty one too."""
    frame = spark.sql(
        """
        SELECT id, x, float(x) AS f, CAST(x AS DECIMAL(38,10)) AS d, s, day,
               CAST(day AS TIMESTAMP) AS at, s AS `o``dd name`, true AS b, concat('v', day) AS `sparkjob_interval`
        FROM VALUES (1, 1D, 'a', DATE'2013-01-01'), (1, 1D, 'b', DATE'2013-01-02'), (2, 1D, 'z', DATE'2013-01-02')
          AS t(id, x, s, day)
        """
    )
    output = Output(
        "d",
        schema=SCHEMA,
        key=("id", "day"),
        time="day",
        expectations=[
            expect.column_values_to_be_in_set("s", ["a", "b"]),
            expect.column_values_to_be_unique("id"),
            expect.column_values_to_be_in_set("b", [True]),
        ],
    )
    audited = audit(stage(output, frame, DAYS), spark=lambda: spark)
    assert [target.interval for target in audited.publishable] == [DAYS[0], DAYS[2]]
    failed = [v for v in audited.verdicts if v.state != "pass"]
    assert [(v.interval, v.unexpected, v.considered) for v in failed] == [(DAYS[1], 1, 2)]
    assert audited.rows == {DAYS[0]: 1, DAYS[1]: 2, DAYS[2]: 0}


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMP_NTZ"])
def test_rows_outside_a_single_interval_are_found(spark: SparkSession, stage: Stage, kind: str) -> None:
    """Without labels the files themselves show what lies outside, and how many rows it is."""
    interval = parse_interval("2013-01-02")
    days = ["2013-01-01", "2013-01-02", "2013-01-02", "2013-01-03", None]
    frame = spark.createDataFrame([(day,) for day in days], "day STRING").select(F.col("day").cast(kind))
    output = Output("d", schema=f"day {kind}", time="day")
    audited = audit(stage(output, frame, (interval,)), spark=lambda: spark)
    found = next(v for v in audited.verdicts if v.expectation.type == "rows_in_interval")
    assert (found.state, found.unexpected, found.considered) == ("fail", 3, 5)
    assert frame.where(found.filter or "").count() == 3


def test_outside_rows_are_found_by_the_filter(spark: SparkSession, stage: Stage) -> None:
    """With labels the rows outside lie in a directory of their own; the filter finds them there."""
    frame = spark.sql(
        "SELECT * FROM VALUES (DATE'2013-01-01', 'v2013-01-01'), (DATE'2013-02-01', 'outside'), (NULL, 'outside') "
        "AS t(day, `sparkjob_interval`)"
    )
    output = Output("d", schema="day DATE", time="day")
    audited = audit(stage(output, frame, DAYS[:2]), spark=lambda: spark)
    found = [v for v in audited.verdicts if v.expectation.type == "rows_in_interval"]
    assert [(v.interval, v.state, v.unexpected, v.considered) for v in found] == [
        (DAYS[0], "fail", 2, 3),
        (DAYS[1], "fail", 2, 2),
    ]
    assert (
        frame.where("`sparkjob_interval` IN ('outside', 'v2013-01-01')").where(found[0].filter or "").count()
        == 2
    )


def test_an_empty_partition_value_is_refused(spark: SparkSession, stage: Stage) -> None:
    """'' in a STRING partition column is what Delta's readers give back as NULL, so it stops the interval."""
    frame = spark.createDataFrame([("",), ("a",), (None,)], "p STRING")
    audited = audit(stage(Output("d", schema="p STRING", partition_by="p"), frame), spark=lambda: spark)
    failed = [v for v in audited.verdicts if v.state != "pass"]
    assert [(v.expectation.type, v.unexpected) for v in failed] == [("column_values_to_not_be_in_set", 1)]


def test_many_expectations_share_few_passes(spark: SparkSession, stage: Stage) -> None:
    """Hundreds of rules are judged by a handful of Spark jobs."""
    number = 450
    frame = spark.range(10).select(F.col("id").cast("double").alias("x"))
    rules = [expect.column_values_to_be_between("x", 0, bound) for bound in range(number)]
    output = Output("d", schema="x DOUBLE", expectations=rules)
    staged = stage(output, frame)
    spark.sparkContext.setJobGroup("many", "many")
    audited = audit(staged, spark=lambda: spark)
    jobs = len(spark.sparkContext.statusTracker().getJobIdsForGroup("many"))
    spark.sparkContext.setJobGroup("", "")
    assert [v.unexpected for v in declared(audited)] == [max(0, 9 - bound) for bound in range(number)]
    assert jobs <= 12


def test_unit_intervals_of_every_grain_are_attributed(spark: SparkSession, stage: Stage) -> None:
    """Labels with `:`-free hours and months are read back as text, never as times."""
    hours = tuple(parse_interval("2013-01-01T00:00:00Z/2013-01-01T02:00:00Z", grain="hour").units())
    frame = spark.sql(
        "SELECT TIMESTAMP'2013-01-01T00:10:00Z' AS at, 'a' AS s, 'v2013-01-01T0000Z' AS `sparkjob_interval` "
        "UNION ALL SELECT TIMESTAMP'2013-01-01T01:10:00Z', 'b', 'v2013-01-01T0100Z'"
    )
    rule = expect.column_values_to_be_in_set("s", ["a"])
    output = Output("d", schema="at TIMESTAMP, s STRING", time="at", expectations=[rule])
    audited = audit(stage(output, frame, hours), spark=lambda: spark)
    assert [target.interval for target in audited.publishable] == [hours[0]]
