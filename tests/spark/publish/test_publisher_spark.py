"""What Delta's own engine makes of our commits, and what our commits make of its."""

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from framework import Input
from framework.errors import MisconfiguredError, SparkjobError
from framework.interval import WHOLE
from tests.storage.publishing import (
    D1,
    D2,
    World,
    by_day,
    by_path,
    delta_world,
    rows_of,
    whole,
)

HOSTILE = [
    "a/b",
    "a=b",
    "a b",
    "a%2Fb",
    "..",
    "é\u2028ß",
    "'\"`;--",
    "{}",
    "#?&",
    "\\",
    "v",
    "n",
    "x" * 100,
    None,
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty table by day."""
    return delta_world(tmp_path).prepare()


def _name(world: World) -> str:
    return f"delta.`{world.binding.location.uri}`"


def _rows(spark: SparkSession, world: World, where: str = "true") -> list[tuple]:
    """What plain delta-spark reads."""
    frame = spark.read.format("delta").load(world.binding.location.uri).where(where)
    return sorted((tuple(row) for row in frame.collect()), key=repr)


def test_delta_spark_reads_what_was_published(spark: SparkSession, world: World) -> None:
    """Rows, filters on the partition and on other columns, and counts are the same in both readers."""
    world.run({D1: rows_of(D1, "a", "b"), D2: rows_of(D2, "c")})
    world.run({D2: [*rows_of(D2, "d"), (D2.first_day, None, None)]}, code="v2")
    assert _rows(spark, world) == world.rows()
    assert _rows(spark, world, "day = DATE'2013-01-02' AND name = 'd'") == rows_of(D2, "d")
    assert _rows(spark, world, "name IS NULL") == [(D2.first_day, None, None)]
    assert spark.read.format("delta").load(world.binding.location.uri).count() == 4


def test_partition_columns_in_the_files_are_read_from_the_log(spark: SparkSession, tmp_path: Path) -> None:
    """The files hold the partition columns too; both readers give each value once, and right."""
    world = delta_world(tmp_path, by_day(partition_by=("day", "name"))).prepare()
    rows = [(D1.first_day, name, n) for n, name in enumerate(HOSTILE)]
    for code in ("v1", "v2"):
        world.run({D1: rows}, code=code)
        assert _rows(spark, world) == world.rows() == sorted(rows, key=repr)
    for name in ("a/b", "a%2Fb", "é\u2028ß"):
        assert [row[1] for row in _rows(spark, world, f"name = '{name}'")] == [name]
    assert len(_rows(spark, world, "name IS NULL")) == 1


def test_a_pinned_version_is_scanned_however_the_table_moves_on(spark: SparkSession, world: World) -> None:
    """The scan gives the rows of the pin's version."""
    world.run({D1: rows_of(D1, "a")})
    pin = world.reader.pin(world.binding, (D1,))
    world.run({D1: rows_of(D1, "b")}, code="v2")
    found = world.reader.scan(spark, world.binding, pin, Input("flights.daily"))
    assert [tuple(row) for row in found.collect()] == rows_of(D1, "a")


def _between(spark: SparkSession, world: World, statement: str) -> None:
    # VACUUM lists folders in that many tasks: 10,000 by default.
    spark.conf.set("spark.sql.sources.parallelPartitionDiscovery.parallelism", "1")
    spark.sql(statement.format(table=_name(world)))


FOREIGN = {
    "optimize": ("OPTIMIZE {table}",),
    "append": ("INSERT INTO {table} VALUES (DATE'2013-01-01', 'foreign', 9)",),
    "delete a row": ("DELETE FROM {table} WHERE name = 'a'",),
    "delete a day": ("DELETE FROM {table} WHERE day = DATE'2013-01-01'",),
    "update": ("UPDATE {table} SET amount = 7 WHERE name = 'a'",),
    "restore": ("RESTORE TABLE {table} TO VERSION AS OF 1",),
    "deletion vectors": (
        "ALTER TABLE {table} SET TBLPROPERTIES ('delta.enableDeletionVectors' = true)",
        "DELETE FROM {table} WHERE name = 'a'",
    ),
    "change data feed": ("ALTER TABLE {table} SET TBLPROPERTIES ('delta.enableChangeDataFeed' = true)",),
    "merge": (
        "MERGE INTO {table} t USING (SELECT 'a' AS n) ON t.name = n WHEN MATCHED THEN UPDATE SET amount = 5",
    ),
    "vacuum": ("VACUUM {table}",),
}


@pytest.mark.parametrize("statements", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_foreign_commit_between_plan_and_publish(
    spark: SparkSession, world: World, statements: tuple[str, ...]
) -> None:
    """Whatever delta-spark did to the day since the plan: it is replaced whole, no row doubled."""
    for code in ("v1", "v2"):
        world.run({D1: rows_of(D1, "a", "b")}, code=code)
    world.run({D2: rows_of(D2, "other")})
    audited = world.stage({D1: rows_of(D1, "new", "a")}, code="v3")
    for statement in statements:
        _between(spark, world, statement)
    others = [row for row in _rows(spark, world) if row[0] != D1.first_day]
    assert [r.outcome for r in world.publish(audited)] == ["published"]
    assert _rows(spark, world) == sorted([*rows_of(D1, "new", "a"), *others], key=repr)
    assert world.rows() == _rows(spark, world)
    assert world.published()[D1].is_intact


@pytest.mark.parametrize("kind", ["whole", "by_day"])
def test_rows_under_deletion_vectors_are_replaced_too(spark: SparkSession, tmp_path: Path, kind: str) -> None:
    """A vector hides rows of a file whose add action looks as before: it is seen, and replaced."""
    output, grain, interval = (whole(), None, WHOLE) if kind == "whole" else (by_day(), "day", D1)
    world = delta_world(tmp_path, output, grain=grain).prepare()
    world.run({interval: rows_of(D1, "a", "b", "c")})
    for statement in FOREIGN["deletion vectors"]:
        _between(spark, world, statement)
    assert world.rows() == _rows(spark, world) == [*rows_of(D1, "b"), *rows_of(D1, "c")]
    assert not world.published()[interval].is_intact
    assert world.prepare().run({interval: rows_of(D1, "d")}, code="v2") == ["published"]
    assert world.rows() == _rows(spark, world) == rows_of(D1, "d")
    assert world.published()[interval].is_intact


def test_deletion_vectors_in_a_table_by_path_are_refused(spark: SparkSession, tmp_path: Path) -> None:
    """A RemoveAction cannot carry a vector, and the file's other rows would stay: 64, by name."""
    world = delta_world(tmp_path, by_path()).prepare()
    world.run({D1: [(D1.start, "a", 1), (D1.start, "b", 1)]})
    for statement in FOREIGN["deletion vectors"]:
        _between(spark, world, statement)
    assert not world.published()[D1].is_intact
    with pytest.raises(MisconfiguredError, match="has a deletion vector"):
        world.prepare().run({D1: [(D1.start, "c", 1)]}, code="v2")
    assert [row[1] for row in _rows(spark, world)] == ["b"]


def test_tables_by_path_are_replaced_by_path(spark: SparkSession, tmp_path: Path) -> None:
    """delta-spark reads the new files of the interval and not the removed ones."""
    world = delta_world(tmp_path, by_path()).prepare()
    world.run({D1: [(D1.start, "a", 1)], D2: [(D2.start, "b", 1)]})
    world.run({D1: [(D1.start, "c", 1)]}, code="v2")
    assert {row[1] for row in _rows(spark, world)} == {"b", "c"}


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        (
            "'delta.columnMapping.mode'='name', 'delta.minReaderVersion'='2', 'delta.minWriterVersion'='5'",
            "columnMapping|reader version 2",
        ),
        ("'delta.enableRowTracking' = 'true'", "rowTracking|domainMetadata"),
        ("'delta.enableTypeWidening' = 'true'", "typeWidening"),
        ("'delta.enableInCommitTimestamps' = 'true'", "inCommitTimestamp"),
        ("'delta.appendOnly' = 'true'", "appendOnly"),
    ],
)
def test_features_that_deltalake_would_break_are_refused(
    spark: SparkSession, world: World, properties: str, said: str
) -> None:
    """A table that somebody upgraded is refused before anything is staged, by the feature's name."""
    _between(spark, world, f"ALTER TABLE {{table}} SET TBLPROPERTIES ({properties})")
    with pytest.raises(MisconfiguredError, match=said):
        world.prepare()


def test_a_table_that_delta_spark_recreated_is_not_ours(spark: SparkSession, world: World) -> None:
    """CREATE OR REPLACE takes our properties away: the way out is to adopt it."""
    world.run({D1: rows_of(D1, "a")})
    audited = world.stage({D1: rows_of(D1, "b")}, code="v2")
    _between(spark, world, "CREATE OR REPLACE TABLE {table} USING delta AS SELECT DATE'2013-01-01' AS day")
    with pytest.raises(SparkjobError, match=r"created anew|not made by sparkjob"):
        world.publish(audited)
    with pytest.raises(MisconfiguredError, match="not made by sparkjob"):
        world.prepare()


def test_a_check_constraint_of_delta_spark_reaches_the_audit(spark: SparkSession, world: World) -> None:
    """Its text is Spark SQL, as delta-spark wrote it."""
    _between(spark, world, "ALTER TABLE {table} ADD CONSTRAINT positive CHECK (amount > 0)")
    (constraint,) = world.prepare().publisher.constraints(world.prepared)
    assert (constraint.name, constraint.sql) == ("positive", "amount > 0")
    assert world.run({D1: rows_of(D1, "a")}) == ["published"]
    assert _rows(spark, world) == rows_of(D1, "a")


def test_columns_that_are_added_are_null_in_older_rows(spark: SparkSession, world: World) -> None:
    """A widened table reads whole in delta-spark: old rows have NULL, a filter finds the new ones."""
    world.run({D1: rows_of(D1, "a")})
    wider = by_day(schema="day DATE NOT NULL, name STRING, amount BIGINT, extra STRING")
    world.prepare(output=wider)
    world.publish(world.stage({D2: [(D2.first_day, "b", 1, "new")]}, output=wider))
    assert _rows(spark, world) == [(D1.first_day, "a", 1, None), (D2.first_day, "b", 1, "new")]
    assert _rows(spark, world, "extra IS NULL") == [(D1.first_day, "a", 1, None)]


def test_vacuum_takes_what_is_not_live_and_keeps_what_is(spark: SparkSession, world: World) -> None:
    """A stage that was never published is an ordinary orphan for delta-spark."""
    world.run({D1: rows_of(D1, "a")})
    orphan = world.stage({D2: rows_of(D2, "never")})
    spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    try:
        _between(spark, world, "VACUUM {table} RETAIN 0 HOURS")
    finally:
        spark.conf.unset("spark.databricks.delta.retentionDurationCheck.enabled")
    assert not Path(world.binding.location.uri, orphan.staged.files[0].path).exists()
    assert _rows(spark, world) == rows_of(D1, "a")
    assert world.published()[D1].is_intact


def test_checkpoints_of_both_engines_keep_the_generations(spark: SparkSession, world: World) -> None:
    """Numbers survive delta-spark's checkpoint too, and its commits on top of ours."""
    world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    for n in range(10):
        _between(spark, world, f"INSERT INTO {{table}} VALUES (DATE'2013-02-{n + 1:02}', 'x', 1)")
    log = Path(world.binding.location.uri, "_delta_log")
    assert list(log.glob("*.checkpoint*.parquet"))
    for commit in sorted(log.glob("*.json"))[:9]:
        commit.unlink()
    assert {i: (g.number, g.is_intact) for i, g in world.published().items()} == {
        D1: (1, True),
        D2: (1, True),
    }
    assert world.run({D1: rows_of(D1, "c")}, code="v2") == ["published"]
    assert date(2013, 2, 1) in {row[0] for row in _rows(spark, world)}
