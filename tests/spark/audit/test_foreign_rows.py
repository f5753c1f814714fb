"""Rules look at every row of files that Arrow wrote, whose statistics leave NaN out."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from framework import WHOLE, Expectation, Schema, expect
from framework.audit.evaluate import evaluate
from framework.audit.foreign import whole_relation, with_nan
from framework.checks.compile import compile_expectation
from framework.contract.catalogue import faults_of

DDL = "n INT, x DOUBLE, `f.g` FLOAT, s STRUCT<`a b`: DOUBLE, deep: STRUCT<z: FLOAT>, n: INT>"
NAN = float("nan")
RULES = [
    expect.column_values_to_be_unique("n", row_condition=condition)
    for condition in ("x > 5", "NOT (`f.g` IN (0.5))", "s.`a b` > 5", "s.deep.z >= 5")
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.arguments["row_condition"]))
def test_a_condition_finds_nan(spark: SparkSession, tmp_path: Path, rule: Expectation) -> None:
    """NaN is greater than every number to Spark; here two rows of one key have it."""
    values = [0.5, NAN, NAN]
    struct = [{"a b": value, "deep": {"z": value}, "n": 1} for value in values]
    table = pa.table(
        {
            "n": pa.array([7, 7, 7], pa.int32()),
            "x": values,
            "f.g": pa.array(values, pa.float32()),
            "s": struct,
        },
        schema=pa.schema(
            {
                "n": pa.int32(),
                "x": pa.float64(),
                "f.g": pa.float32(),
                "s": pa.struct(
                    {"a b": pa.float64(), "deep": pa.struct({"z": pa.float32()}), "n": pa.int32()}
                ),
            }
        ),
    )
    pq.write_table(table, tmp_path / "a.parquet")
    schema = Schema.of(DDL)
    assert schema is not None
    assert faults_of(rule, schema) == []
    frame = spark.read.schema(DDL).parquet(str(tmp_path))
    relation = whole_relation(frame, WHOLE, "t")
    (found,) = evaluate({WHOLE: [compile_expectation(rule, schema)]}, {}, lambda: relation)[WHOLE]
    assert (found.state, found.unexpected, found.considered) == ("fail", 2, 2)


def test_rows_and_types_stay_as_they_are(spark: SparkSession) -> None:
    """Negative zeros, infinities, NULLs in and around structs; and other columns are still looked up."""
    frame = spark.sql(
        "SELECT * FROM VALUES (1, -0.0D, struct(CAST('-Infinity' AS FLOAT) AS z)), (2, double('NaN'), NULL),"
        " (3, NULL, struct(CAST(NULL AS FLOAT) AS z)) AS t(n, `x.y`, s)"
    )
    told = "n, CAST(`x.y` AS STRING) AS x, CAST(s.z AS STRING) AS z, s IS NULL AS lacks"
    columns = told.split(", ")
    assert with_nan(frame).dtypes == frame.dtypes
    assert with_nan(frame).selectExpr(*columns).collect() == frame.selectExpr(*columns).collect()
