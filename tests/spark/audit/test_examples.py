"""The rows that a person is shown are those that the rule found, or none."""

import pytest
from pyspark.sql import SparkSession

from framework import WHOLE, Expectation, Output, expect
from framework.audit.examples import Examples, read_examples
from framework.checks.compile import compile_expectation
from framework.checks.verdict import Verdict
from framework.contract.schema import Schema

SCHEMA = Schema.of("k STRING, a INT, b INT")
ROWS = [("kept", 1, None), ("kept", 1, None), ("kept", 2, 2), ("kept", 2, 2), ("left out", 3, 3)]
assert SCHEMA is not None


@pytest.fixture(scope="module")
def place(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A staged directory with the rows, and beside it rows that were split off."""
    path = str(tmp_path_factory.mktemp("stage") / "rows")
    frame = spark.createDataFrame(ROWS, "k STRING, a INT, b INT").selectExpr(
        "*", "'vwhole' sparkjob_interval"
    )
    split = spark.createDataFrame([("split", -1, -1)], "k STRING, a INT, b INT")
    frame.unionByName(split.selectExpr("*", "'qwhole' sparkjob_interval")).write.partitionBy(
        "sparkjob_interval"
    ).parquet(path)
    return path


def shown(spark: SparkSession, place: str, rule: Expectation, quarantined: int | None = None) -> Examples:
    """What is shown of a rule that failed."""
    assert SCHEMA is not None
    verdict = Verdict(
        dataset="a.b",
        expectation=rule,
        interval=WHOLE,
        state="fail",
        quarantined=quarantined,
        filter=compile_expectation(rule, SCHEMA).filter,
    )
    return read_examples(spark, place, Output("a.b", schema=SCHEMA), [verdict], 100)


def test_rows_that_ignore_row_if_leaves_out_are_not_shown(spark: SparkSession, place: str) -> None:
    """With `any_value_is_missing` only doubled rows without a NULL are unexpected."""
    rule = expect.compound_columns_to_be_unique(["a", "b"], ignore_row_if="any_value_is_missing")
    assert {row[1] for row in shown(spark, place, rule).rows} == {"2"}
    rule = expect.compound_columns_to_be_unique(["a", "b"])
    assert {row[1] for row in shown(spark, place, rule).rows} == {"1", "2"}


def test_rows_that_are_missing_in_an_input_are_not_mistaken_for_doubled_ones(
    spark: SparkSession, place: str
) -> None:
    """The input is not read again, so nothing is shown, and that is said."""
    found = shown(spark, place, expect.column_values_to_exist_in("a", "others"))
    assert found.rows == ()
    assert found.notes


def test_values_are_those_of_the_rows_of_the_condition(spark: SparkSession, place: str) -> None:
    """A value that stands only where `row_condition` is not true was not looked at."""
    rule = expect.column_distinct_values_to_be_in_set("a", [1], row_condition="k = 'kept'")
    assert {row[0] for row in shown(spark, place, rule).rows} == {"1", "2"}


def test_rows_that_were_split_off_are_shown(spark: SparkSession, place: str) -> None:
    """They are the ones that broke the rule; for a rule that splits nothing off they are not there."""
    rule = expect.column_values_to_be_between("a", 0, on_fail="quarantine")
    assert [row[0] for row in shown(spark, place, rule, quarantined=1).rows] == ["split"]
    assert shown(spark, place, expect.column_values_to_be_between("b", 0)).rows == ()


def test_rows_are_shown_where_the_staged_rows_are_the_whole_table(spark: SparkSession, place: str) -> None:
    """`scope="table"` looks at nothing else in a job without intervals."""
    rule = expect.column_values_to_be_between("a", 3, scope="table")
    assert len(shown(spark, place, rule).rows) == 4
