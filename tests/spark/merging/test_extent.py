"""What a batch is measured by: its footers, and Spark only where they leave something open."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from framework import Output
from framework.audit.statistics import FooterStatistics
from framework.contract.schema import Schema
from framework.stage.rewrite import measure

SCHEMA = Schema.of("id INT, name STRING, i BIGINT, d DATE, t TIMESTAMP, n TIMESTAMP_NTZ, x DECIMAL(9,2)")


def _batch(spark: SparkSession, rows: int) -> DataFrame:
    return spark.range(rows, numPartitions=2).selectExpr(
        "CAST(id % 7 AS INT) AS id",
        "concat('k', id) AS name",
        "id * 3 - 11 AS i",
        "date_add(DATE'1969-12-01', CAST(id AS INT)) AS d",
        "timestamp_micros(id * 1234567 - 9) AS t",
        "TIMESTAMP_NTZ'1969-12-31 23:59:59.999999' + make_interval(0, 0, 0, 0, 0, 0, id) AS n",
        "CAST(id AS DECIMAL(9,2)) AS x",
    )


class _Silent:
    """Footers that tell nothing but the number of rows."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def nulls(self, column: str) -> None:
        """Nothing."""

    def bounds(self, column: str) -> None:
        """Nothing."""


@pytest.mark.parametrize("moment", ["i", "d", "t", "n", "x"])
@pytest.mark.parametrize("key", ["id", "name", ("d", "id")])
def test_footers_and_spark_measure_the_same(
    spark: SparkSession, tmp_path: Path, key: str | tuple[str, ...], moment: str
) -> None:
    """Rows, bounds of the key and the first moment, before 1970 too; a DECIMAL has no moment in numbers."""
    _batch(spark, 40).write.parquet(str(tmp_path / "batch"))
    footers = [pq.read_metadata(path) for path in (tmp_path / "batch").glob("*.parquet")]
    statistics = FooterStatistics(footers, SCHEMA)
    batch = spark.read.parquet(str(tmp_path / "batch"))
    output = Output("a.b", schema=SCHEMA, key=key, mode="merge", sequence_by=moment)
    by_footers = measure(batch, statistics, output)
    assert by_footers == measure(batch, _Silent(statistics.rows), output)
    assert by_footers.rows == 40
    assert (by_footers.lowest is None) == (moment == "x")


def test_footers_are_enough_for_numbers_and_times(spark: SparkSession, tmp_path: Path) -> None:
    """No Spark action: the batch that is given could not be read."""
    _batch(spark, 5).write.parquet(str(tmp_path / "batch"))
    footers = [pq.read_metadata(path) for path in (tmp_path / "batch").glob("*.parquet")]
    unreadable = spark.range(1).select(F.raise_error(F.lit("it is read")).alias("id"))
    output = Output("a.b", schema=SCHEMA, key="id", mode="merge", sequence_by="t")
    extent = measure(unreadable, FooterStatistics(footers, SCHEMA), output)
    assert extent.bounds == {"id": (0, 4)}
    assert extent.lowest == -9
