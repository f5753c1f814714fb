"""Rules about texts, pairs, several columns and conditions over files that Spark staged: what each finds."""
# ruff: noqa: E501 - one case a line reads as a table

from collections.abc import Callable

import pytest
from pyspark.sql import DataFrame, SparkSession

from framework import Expectation, Interval, Output, expect
from framework.audit.audit import audit
from framework.checks.compile import compile_expectation
from framework.checks.verdict import Verdict
from framework.contract.catalogue import CATALOGUE, faults_of
from framework.contract.rule import Kind
from framework.contract.schema import Schema
from framework.contract.types import ArgumentValue
from framework.interval import parse_interval
from framework.stage.staged import Staged

Stage = Callable[..., Staged]
DDL = "id INT, n INT, big BIGINT, d DECIMAL(20,2), x DOUBLE, y DOUBLE, f FLOAT, s STRING, t STRING, day DATE, at TIMESTAMP, m MAP<STRING,INT>"


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """Rows with every awkward value: row 6 is NULL in all columns but `id`."""
    rows = spark.sql(
        r"""
        SELECT * FROM VALUES
          (1, 1,    1L,                   1BD,     double('NaN'),      double('NaN'), float(0.1), 'ab',   'ab',  DATE'2013-01-01', TIMESTAMP'2013-01-01T00:00:00Z'),
          (2, 2,    1L,                   0.1BD,   -0.0D,              0.0D,          float(0.5), '',     NULL,  DATE'2013-01-02', TIMESTAMP'2013-01-01T00:00:00Z'),
          (3, NULL, 9223372036854775807L, 0.2BD,   double('Infinity'), 1.0D,          NULL,       'äö😀',  'x',   NULL,             TIMESTAMP'2013-01-01T00:00:00Z'),
          (4, 4,    NULL,                 -4BD,    double('-Infinity'), double('NaN'), float(-4), '100%', '100', DATE'2013-01-04', NULL),
          (5, 5,    9007199254740993L,    0BD,     NULL,               5.0D,          float('NaN'), 'a_b', 'axb', DATE'1969-12-31', TIMESTAMP'2013-01-01T00:00:00Z'),
          (6, NULL, NULL,                 NULL,    NULL,               NULL,          NULL,       NULL,   NULL,  NULL,             NULL)
        """
    ).toDF("id", "n", "big", "d", "x", "y", "f", "s", "t", "day", "at")
    casts = [column.split(maxsplit=1) for column in DDL.split(", ")[:-1]]
    return rows.selectExpr(*(f"CAST(`{n}` AS {t}) AS `{n}`" for n, t in casts), "map('k', n) AS m")


def judged(spark: SparkSession, stage: Stage, frame: DataFrame, *expectations: Expectation) -> list[Verdict]:
    """The verdicts on these expectations of the frame, staged as a whole table."""
    output = Output("d", schema=DDL, expectations=expectations)
    assert output.schema is not None
    assert [str(fault) for each in expectations for fault in faults_of(each, output.schema)] == []
    audited = audit(stage(output, frame), spark=lambda: spark)
    return [verdict for verdict in audited.verdicts if not verdict.builtin]


CASES: list[tuple[Expectation, int, int]] = [
    (expect.column_value_lengths_to_equal("s", 3), 3, 5),
    (expect.column_value_lengths_to_be_between("s", 1, 3), 2, 5),
    (expect.column_value_lengths_to_be_between("s", 0, 3, strict_min=True, strict_max=True), 4, 5),
    (expect.column_value_lengths_to_be_between("s", max_value=2), 3, 5),
    (expect.column_values_to_match_regex_list("s", ["^a", "%$"]), 2, 5),
    (expect.column_values_to_match_regex_list("s", ["a", "b"], match_on="all"), 3, 5),
    (expect.column_values_to_match_regex_list("s", ["(?i)AB", "😀", r"(_)b|\1"]), 2, 5),
    (expect.column_values_to_not_match_regex_list("s", ["^a", "%$"]), 3, 5),
    (expect.column_values_to_match_like_pattern("s", "a%"), 3, 5),
    (expect.column_values_to_match_like_pattern("s", r"%\%"), 4, 5),
    (expect.column_values_to_not_match_like_pattern("s", "___"), 2, 5),
    (expect.column_values_to_match_like_pattern_list("s", ["a%", ""]), 2, 5),
    (expect.column_values_to_match_like_pattern_list("s", ["a%", "%b"], match_on="all"), 3, 5),
    (expect.column_values_to_not_match_like_pattern_list("s", ["a%", r"\%"]), 2, 5),
    (expect.column_pair_values_a_to_be_greater_than_b("n", "big"), 2, 5),
    (expect.column_pair_values_a_to_be_greater_than_b("n", "big", or_equal=True), 1, 5),
    (expect.column_pair_values_a_to_be_greater_than_b("n", "big", ignore_row_if="neither"), 2, 6),
    (expect.column_pair_values_a_to_be_greater_than_b("n", "big", ignore_row_if="either_value_is_missing"), 2, 3),
    (expect.column_pair_values_a_to_be_greater_than_b("x", "y"), 3, 5),
    (expect.column_pair_values_a_to_be_greater_than_b("x", "y", or_equal=True), 1, 5),
    (expect.column_pair_values_a_to_be_greater_than_b("at", "day", or_equal=True), 1, 5),
    (expect.column_pair_values_to_be_equal("x", "y"), 3, 5),
    (expect.column_pair_values_to_be_equal("x", "y", ignore_row_if="either_value_is_missing"), 2, 4),
    (expect.column_pair_values_to_be_equal("s", "t"), 4, 5),
    (expect.column_pair_values_to_be_equal("n", "big", ignore_row_if="neither"), 4, 6),
    (expect.column_pair_values_to_be_in_set("n", "big", [(1, 1), (2, 1), (None, 9223372036854775807)]), 2, 5),
    (expect.column_pair_values_to_be_in_set("n", "big", [(4, None), (5, 9007199254740992)]), 4, 5),
    (expect.column_pair_values_to_be_in_set("n", "big", [(None, None), (1, 1), (1, None)], ignore_row_if="neither"), 4, 6),
    (expect.column_pair_values_to_be_in_set("x", "s", [(0.0, ""), (float("inf"), "äö😀"), (float("-inf"), "a")]), 3, 5),
    (expect.column_pair_values_to_be_in_set("x", "y", [(0.0, value) for value in range(20)]), 4, 5),
    (expect.multicolumn_sum_to_equal(["n", "big"], 2), 4, 5),
    (expect.multicolumn_sum_to_equal(["n", "big"], 9007199254740998), 4, 5),
    (expect.multicolumn_sum_to_equal(["n", "big"], 2, ignore_row_if="never"), 5, 6),
    (expect.multicolumn_sum_to_equal(["n", "big"], 2, ignore_row_if="any_value_is_missing"), 2, 3),
    (expect.multicolumn_sum_to_equal(["big", "d"], "9223372036854775807.2"), 4, 5),
    (expect.multicolumn_sum_to_equal(["n", "d"], 2.1), 4, 5),
    (expect.multicolumn_sum_to_equal(["x", "y"], 0), 4, 5),
    (expect.multicolumn_sum_to_equal(["f", "n"], float("-inf")), 4, 4),
    (expect.multicolumn_values_to_be_equal(["n", "big", "d"]), 4, 5),
    (expect.multicolumn_values_to_be_equal(["x", "y"], ignore_row_if="never"), 3, 6),
    (expect.multicolumn_values_to_be_equal(["n", "big", "d"], ignore_row_if="any_value_is_missing"), 2, 3),
    (expect.select_column_values_to_be_unique_within_record(["n", "big", "d"]), 1, 5),
    (expect.select_column_values_to_be_unique_within_record(["x", "y", "f"], ignore_row_if="never"), 3, 6),
    (expect.compound_columns_to_be_unique(["at", "n"]), 0, 5),
    (expect.compound_columns_to_be_unique(["big", "at"], ignore_row_if="any_value_is_missing"), 2, 4),
    (expect.compound_columns_to_be_unique(["x", "f"], ignore_row_if="never"), 0, 6),
    (expect.compound_columns_to_be_unique(["f", "n"], ignore_row_if="never", row_condition="n IS NULL"), 2, 2),
    (expect.column_values_to_not_be_null("n", row_condition="id > 2"), 2, 4),
    (expect.column_values_to_not_be_null("n", row_condition="n > 2"), 0, 2),
    (expect.column_values_to_not_be_null("n", row_condition="false"), 0, 0),
    (expect.column_values_to_be_between("x", 0, 1, row_condition="id = 1 OR id = 3 OR day IS NOT NULL"), 3, 4),
    (expect.column_values_to_be_unique("big", row_condition="s = '' OR s LIKE 'a%'"), 2, 3),
    (expect.column_values_to_be_unique("big", row_condition="id != 2"), 0, 3),
    (expect.column_pair_values_to_be_equal("x", "y", row_condition="m['k'] IS NOT NULL"), 2, 4),
]  # fmt: skip


def test_each_rule_counts_what_breaks_it(spark: SparkSession, stage: Stage, frame: DataFrame) -> None:
    """Unexpected and considered rows are Great Expectations' numbers; the filter finds those rows."""
    verdicts = judged(spark, stage, frame, *(case for case, _, _ in CASES))
    found = [(str(v.expectation), v.unexpected, v.considered, v.reason) for v in verdicts]
    assert found == [(str(e), unexpected, considered, None) for e, unexpected, considered in CASES]
    for verdict in verdicts:
        assert verdict.state == ("pass" if verdict.unexpected == 0 else "fail")
        if CATALOGUE[verdict.expectation.type].level == "row":
            assert verdict.filter is not None
            assert frame.where(verdict.filter).count() == verdict.unexpected, verdict.filter


SAMPLES: dict[Kind, ArgumentValue] = {
    "columns": ("n", "big"),
    "bound": 1,
    "set": (1,),
    "regex": "x",
    "regexes": ("x", "y"),
    "like": "x",
    "likes": ("x", "y"),
    "count": 1,
    "number": 1,
    "pairs": ((1, 1),),
}
OTHERS = {
    name for name, rule in CATALOGUE.items() if any(p.kind in ("input", "method") for p in rule.parameters)
}


@pytest.mark.parametrize(
    "name", sorted(n for n, r in CATALOGUE.items() if r.level == "row" and n not in OTHERS)
)
def test_the_filter_of_every_row_rule_runs(frame: DataFrame, name: str) -> None:
    """`DataFrame.where` takes the predicate, and the rows that it finds are not those that hold."""
    rule = CATALOGUE[name]
    arguments = {p.name: SAMPLES[p.kind] for p in rule.parameters if p.kind in SAMPLES}
    columns = iter(("s",) if rule.families == {"string"} else ("n", "big"))
    arguments |= {p.name: next(columns) for p in rule.parameters if p.kind == "column"}
    expectation = Expectation(type=name, arguments={**arguments, "row_condition": "id < 6"})
    schema = Schema.of(DDL)
    assert schema is not None
    assert faults_of(expectation, schema) == []
    compiled = compile_expectation(expectation, schema)
    if compiled.filter is None:
        pytest.skip("it needs what other rows say")
    found = frame.where(compiled.filter).count()
    assert found + frame.where(f"NOT coalesce({compiled.filter}, false)").count() == 6
    assert frame.where(f"id >= 6 AND ({compiled.filter})").count() == 0


def test_types_are_told_by_the_schema(spark: SparkSession, stage: Stage, frame: DataFrame) -> None:
    """Classes of pyspark and what they are a kind of; the observed value is the class, as in Great Expectations."""
    verdicts = judged(
        spark,
        stage,
        frame,
        expect.column_type_to_be("n", "IntegerType"),
        expect.column_type_to_be("n", "NumericType"),
        expect.column_values_to_be_of_type("d", "DoubleType"),
        expect.column_values_to_be_in_type_list("m", ["object", "MapType"]),
    )
    assert [(v.state, v.observed) for v in verdicts] == [
        ("pass", "IntegerType"),
        ("pass", "IntegerType"),
        ("fail", "DecimalType"),
        ("pass", "MapType"),
    ]


def test_a_condition_that_spark_refuses_is_unknown(
    spark: SparkSession, stage: Stage, frame: DataFrame
) -> None:
    """Never a pass, with a reason; the other rules of the same aggregate are judged."""
    verdicts = judged(
        spark,
        stage,
        frame,
        expect.column_values_to_not_be_null("id", row_condition="id id"),
        expect.column_values_to_not_be_null("id", row_condition="elsewhere(id) > 1"),
        expect.column_values_to_be_unique("id", row_condition="max(id) = 1"),
        expect.column_values_to_not_be_null("n", row_condition="assert_true(id > 1) IS NULL"),
        expect.column_values_to_be_between("id", 1, 5, row_condition="id < 6"),
    )
    assert [v.state for v in verdicts] == ["unknown"] * 4 + ["pass"]
    assert all(v.reason for v in verdicts[:4])
    assert all(v.stops for v in verdicts[:4])


def test_a_condition_holds_in_each_interval(spark: SparkSession, stage: Stage, frame: DataFrame) -> None:
    """In a batch, each interval's rows are narrowed by themselves, in aggregates and in passes."""
    days: tuple[Interval, ...] = tuple(parse_interval("2013-01-01/2013-01-03").units())
    labels = ", ".join(f"'v{day.label}'" for day in days)
    batch = frame.selectExpr("*", f"element_at(array({labels}), 1 + id % 2) AS sparkjob_interval")
    output = Output(
        "d",
        schema=DDL,
        expectations=[
            expect.column_values_to_not_be_null("n", row_condition="id > 2"),
            expect.column_values_to_be_unique("at", row_condition="id > 1"),
        ],
    )
    audited = audit(stage(output, batch, days), spark=lambda: spark)
    found = [(v.unexpected, v.considered) for v in audited.verdicts if not v.builtin]
    assert found == [(1, 2), (0, 1), (1, 2), (2, 2)]
