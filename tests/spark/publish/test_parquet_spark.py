"""What Spark reads of Parquet tables: through our pointers the pinned rows, by itself nothing."""

from pathlib import Path

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from framework import Input
from framework.errors import RejectedError, RetryError
from framework.generation import Pin
from framework.stage.inputs import render_window
from tests.spark.publish.test_publisher_spark import HOSTILE
from tests.storage.publishing import D1, D2, D3, World, by_day, by_path, parquet_world, rows_of


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty table by day."""
    return parquet_world(tmp_path).prepare()


def _scan(spark: SparkSession, world: World, pin: Pin | None = None) -> list[tuple]:
    pin = pin or world.reader.pin(world.binding, ())
    frame = world.reader.scan(spark, world.binding, pin, Input(world.output.dataset))
    return sorted((tuple(row) for row in frame.collect()), key=repr)


def test_a_scan_gives_the_current_rows(spark: SparkSession, world: World) -> None:
    """Of a table without rows, of several intervals, and after a replace."""
    assert _scan(spark, world) == []
    world.run({D1: rows_of(D1, "a", "b"), D2: rows_of(D2, "c"), D3: []})
    world.run({D2: rows_of(D2, "d")}, code="v2")
    assert _scan(spark, world) == world.rows() == [*rows_of(D1, "a", "b"), *rows_of(D2, "d")]
    world.run({D1: [], D2: []}, code="v3")
    frame = world.reader.scan(
        spark, world.binding, world.reader.pin(world.binding, ()), Input("flights.daily")
    )
    assert (frame.columns, frame.count()) == (["day", "name", "amount"], 0)


def test_hostile_partition_values_are_read_from_the_files(spark: SparkSession, tmp_path: Path) -> None:
    """Directory names are only names, whatever is in them."""
    world = parquet_world(tmp_path, by_day(partition_by=("day", "name"))).prepare()
    rows = [(D1.first_day, name, n) for n, name in enumerate(HOSTILE)]
    for code in ("v1", "v2"):
        world.run({D1: rows}, code=code)
        assert _scan(spark, world) == world.rows() == sorted(rows, key=repr)


def test_a_pinned_state_is_scanned_however_the_table_moves_on(spark: SparkSession, world: World) -> None:
    """Rows and columns are those of the pin."""
    world.run({D1: rows_of(D1, "a")})
    pin = world.reader.pin(world.binding, (D1,))
    wider = by_day(schema="day DATE NOT NULL, name STRING, amount BIGINT, more STRING")
    world.publish(world.stage({D1: [(D1.first_day, "b", 1, "x")], D2: []}, code="v2", output=wider))
    assert _scan(spark, world, pin) == rows_of(D1, "a")
    assert _scan(spark, world) == [(D1.first_day, "b", 1, "x")]


def test_old_rows_have_null_in_a_new_column(spark: SparkSession, world: World) -> None:
    """Files that were written before it have it not."""
    world.run({D1: rows_of(D1, "a")})
    wider = by_day(schema="more STRING, day DATE NOT NULL, name STRING, amount BIGINT")
    world.publish(world.stage({D2: [("x", D2.first_day, "b", 1)]}, output=wider))
    assert _scan(spark, world) == [(D1.first_day, "a", 1, None), (D2.first_day, "b", 1, "x")]


@pytest.mark.parametrize("output", [by_day, by_path], ids=["date", "timestamp"])
def test_a_cut_pin_has_all_rows_of_its_window(spark: SparkSession, tmp_path: Path, output: type) -> None:
    """Files of other intervals are not opened: broken ones among them do not matter."""
    world = parquet_world(tmp_path, output()).prepare()
    time = (lambda i: i.first_day) if output is by_day else (lambda i: i.start)
    world.run({each: [(time(each), "a", 1)] for each in (D1, D2, D3)})
    pin = world.reader.pin(world.binding, ()).within(D2)
    files = world.reader.scan(spark, world.binding, pin, Input("t")).inputFiles()
    assert len(files) == 1
    frame = world.reader.scan(spark, world.binding, pin, Input("t")).where(render_window(world.output, D2))
    assert [row["name"] for row in frame.collect()] == ["a"]


def test_plain_spark_reads_nothing_of_the_folder(spark: SparkSession, world: World) -> None:
    """Not a row, with or without a schema: never two generations together."""
    for code in ("v1", "v2"):
        world.run({D1: rows_of(D1, "a")}, code=code)
    folder = world.binding.location.for_spark
    assert spark.read.schema("day DATE, name STRING").parquet(folder).count() == 0
    assert spark.read.schema("name STRING").option("recursiveFileLookup", "true").parquet(folder).count() == 0
    with pytest.raises(AnalysisException, match="UNABLE_TO_INFER_SCHEMA"):
        spark.read.parquet(folder)


def test_files_that_somebody_changed_or_took_are_not_read(spark: SparkSession, world: World) -> None:
    """Never other rows than the published ones: 65 names the file, 75 when it is gone."""
    world.run({D1: rows_of(D1, "a", "b")})
    pin = world.reader.pin(world.binding, ())
    world.delete(D1, "a")
    with pytest.raises(RejectedError, match="was changed by somebody else"):
        _scan(spark, world, pin)
    (path,) = world.pointed()
    world.put(path, None)
    with pytest.raises(RetryError, match="a published file is gone"):
        _scan(spark, world, pin)
    world.drop()
    with pytest.raises(RetryError, match="was dropped since it was pinned"):
        _scan(spark, world, pin)
