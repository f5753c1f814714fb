"""How many files a merged table has, and which of them a batch touches."""

from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from framework import Output
from framework.environment.location import Location
from framework.tables.rewritable import open_rewritable
from tests.spark.merging.merging import DAYS, RETURNED, Table, history, merged

ROWS = 40_000
FILES = 4


def _rows(spark: SparkSession, number: int) -> DataFrame:
    """Keys in no order, in as many parts as a job may have; about 9 MB of Parquet."""
    noise = ", ".join(f"sha2(concat('{part}', id), 256)" for part in range(4))
    rows = spark.range(number, numPartitions=FILES).selectExpr(
        f"TIMESTAMP'{DAYS[0].start:%Y-%m-%d} 12:00:00' AS at",
        f"CAST((id * 7919) % {ROWS} AS INT) AS id",
        "1 AS seq",
        "'U' AS op",
        "'a' AS name",
        f"concat({noise}) AS note",
    )
    return rows.to(spark.createDataFrame([], RETURNED).schema)


@pytest.mark.parametrize("output", [merged(), history()], ids=["merge", "scd2"])
def test_a_batch_touches_the_files_of_its_keys(spark: SparkSession, tmp_path: Path, output: Output) -> None:
    """A first load has as many files as the job, each of its own keys; a batch replaces those it meets."""
    table = Table(spark, Location(uri=str(tmp_path / "table")), output)
    table.run(DAYS[0], _rows(spark, ROWS))
    first = set(table.paths())
    assert len(first) == FILES
    meet = [file.path for file in open_rewritable(table.binding).files if file.may_hold({"id": (7, 7)})]
    assert len(meet) == 1
    table.run(DAYS[1], [(7, 2, "U", "b", "x")])
    assert first - set(table.paths()) == set(meet)
    assert len(table.paths()) <= FILES + 1


def test_small_parts_become_one_file(spark: SparkSession, tmp_path: Path) -> None:
    """However many parts a few rows come in."""
    table = Table(spark, Location(uri=str(tmp_path / "table")), merged())
    table.run(DAYS[0], _rows(spark, 100))
    assert len(table.paths()) == 1
