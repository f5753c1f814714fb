"""Files of a table: sorted and sized as the environment says, and joined without a difference to Spark."""

import json

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from tests.spark.cli.conftest import Caller

TYPES = '''
    """A row of many types for each number."""

    from framework import Input, Output, job


    @job(
        inputs={"readings": Input("source.readings", schema="day DATE, sensor INT, v INT")},
        outputs=Output(
            "small.types",
            schema="day DATE, sensor INT, at TIMESTAMP, old DATE, n DECIMAL(9,2), w DECIMAL(38,4), "
            "d DOUBLE, s STRING, x BINARY, b BOOLEAN, a ARRAY<DOUBLE>, m MAP<STRING,INT>, "
            "r STRUCT<p: DOUBLE, q: STRING>",
            time="day",
        ),
        interval="day",
        start="2013-01-01",
        batch=31,
    )
    def types(readings):
        """Also NULLs, a NaN, a negative zero and days of long ago."""
        return readings.repartition(4, "sensor").selectExpr(
            "day", "sensor", "timestamp_micros(sensor * 1000001) AS at", "DATE '1500-03-01' AS old",
            "CAST(sensor AS DECIMAL(9,2)) AS n", "CAST(sensor * 1.5 AS DECIMAL(38,4)) AS w",
            "CASE sensor % 4 WHEN 0 THEN double('NaN') WHEN 1 THEN -0.0D WHEN 2 THEN NULL ELSE 1.5D END AS d",
            "CASE WHEN sensor % 3 = 0 THEN NULL ELSE repeat('ä', sensor) END AS s",
            "CAST(CAST(sensor AS STRING) AS BINARY) AS x",
            "sensor % 2 = 0 AS b", "array(double(sensor), NULL) AS a",
            "map('k', sensor) AS m", "named_struct('p', double('NaN'), 'q', CAST(NULL AS STRING)) AS r",
        )
'''


def _edit(sparkjob: Caller, text: str) -> None:
    local = sparkjob.project.root / "configs" / "local.yml"
    local.write_text(local.read_text() + text)


def test_rows_are_sorted_and_an_unknown_column_is_a_fault(sparkjob: Caller) -> None:
    """`sort_by` orders the rows of each file and is in no fingerprint; a misspelt column is named."""
    assert sparkjob("run", "split").code == 0
    _edit(sparkjob, "datasets:\n  small.good: {file_size: 1MB, sort_by: [sensor]}\n")
    assert "1 unchanged" in sparkjob("run", "split").out
    assert sparkjob("run", "split", "--force").code == 0
    history = json.loads(sparkjob("history", "dataset:small.good", "--json").out)
    run = next(each["run_id"] for each in history if each["current"])
    files = list(sparkjob.project.table("small.good").glob(f"data/{run}-*/**/*.parquet"))
    assert len(files) == 2
    for file in files:
        sensors = pq.read_table(file).column("sensor").to_pylist()
        assert sensors == sorted(sensors)
    _edit(sparkjob, "  small.bad: {sort_by: [senzor]}\n")
    told = sparkjob("validate")
    assert (told.code, "sort_by of small.bad: there is no column senzor" in told.err) == (64, True), told.err


def test_spark_reads_joined_files_as_it_read_the_small_ones(sparkjob: Caller, spark: SparkSession) -> None:
    """Every type, with NULLs in every depth, filters that use statistics, and the same rows by `count`."""
    sparkjob.project.write("jobs/types.py", TYPES)
    spark.conf.set("spark.sql.files.maxRecordsPerFile", "7")
    try:
        told = sparkjob("run", "types")
    finally:
        spark.conf.unset("spark.sql.files.maxRecordsPerFile")
    assert told.code == 0, told.out + told.err
    place = str(sparkjob.project.table("small.types"))

    def look() -> tuple[list[str], int, int, int, int]:
        table = spark.read.format("delta").load(place)
        rows = sorted(map(str, table.selectExpr("*", "hex(x) AS hx").collect()))
        counts = (
            table.where("d > 1").count(),
            table.where("s >= 'ä' AND sensor < 20").count(),
            table.where("n BETWEEN 3 AND 9.5").count(),
        )
        return (rows, table.count(), *counts)

    before = look()
    told = sparkjob("compact", "types")
    assert (told.code, "→ 2 files" in told.out) == (0, True), told.out + told.err
    assert len(spark.read.format("delta").load(place).inputFiles()) == 2
    assert look() == before
    assert "1 unchanged" in sparkjob("run", "types").out
