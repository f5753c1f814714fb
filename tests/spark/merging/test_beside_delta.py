"""Beside what delta-spark's own MERGE makes of the same batches, row for row."""

import random
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from framework import Output
from framework.errors import MisconfiguredError
from framework.interval import WHOLE
from framework.publish.delta.compaction import commit, join, look
from framework.tables.rewritable import open_rewritable
from tests.spark.merging.merging import DAYS, Row, Table, history, merged, model_history, place

KEYS, BATCH = 400, 120
_MERGE = """
    MERGE INTO delta.`{target}` AS t USING {batch} AS s ON t.id = s.id
    WHEN MATCHED AND s.seq >= t.seq AND s.op = 'D' THEN DELETE
    WHEN MATCHED AND s.seq >= t.seq THEN UPDATE SET *
    WHEN NOT MATCHED AND s.op <> 'D' THEN INSERT *
"""
_HISTORY = """
    MERGE INTO delta.`{target}` AS t USING (
        SELECT id AS same, * FROM {batch}
        UNION ALL
        SELECT NULL, s.* FROM {batch} AS s JOIN delta.`{target}` AS c ON s.id = c.id
        WHERE c.is_current AND s.op <> 'D' AND s.name <> c.name
    ) AS s ON t.id = s.same AND t.is_current
    WHEN MATCHED AND (s.op = 'D' OR s.name <> t.name) THEN UPDATE SET valid_to = s.seq, is_current = false
    WHEN NOT MATCHED AND s.op <> 'D' THEN
        INSERT (at, id, seq, op, name, note, valid_from, valid_to, is_current)
        VALUES (s.at, s.id, s.seq, s.op, s.name, s.note, s.seq, NULL, true)
"""


def batches(seed: int) -> list[list[Row]]:
    """A batch a day, each newer than the one before, one row a key."""
    drawn = random.Random(seed)
    return [
        [
            (key, 10 * n + drawn.randint(0, 9), drawn.choice("UUUUD"), drawn.choice("abc"), f"{n}")
            for key in drawn.sample(range(KEYS), BATCH)
        ]
        for n, _ in enumerate(DAYS)
    ]


def plain(spark: SparkSession, target: str, batch: DataFrame, statement: str) -> None:
    """What a careful engineer writes by hand."""
    batch.createOrReplaceTempView("batch_by_hand")
    spark.sql(statement.format(target=target, batch="batch_by_hand"))


@pytest.mark.parametrize("mode", ["merge", "scd2"])
def test_in_order_the_rows_are_those_of_delta_spark_s_merge(
    spark: SparkSession, tmp_path: Path, mode: str
) -> None:
    """Updates, inserts, deletes and rows that change nothing, over several files."""
    output = merged() if mode == "merge" else history()
    table = Table(spark, place(tmp_path), output)
    by_hand = Table(spark, place(tmp_path, "by_hand"), output)
    assert output.schema is not None
    spark.createDataFrame([], output.schema.ddl).write.format("delta").save(by_hand.location.for_spark)
    for day, rows in zip(DAYS, batches(7), strict=True):
        table.run(day, rows)
        statement = _MERGE if mode == "merge" else _HISTORY
        plain(spark, by_hand.location.for_spark, table.frame(day, rows), statement)
        assert table.rows() == by_hand.rows()
    assert len(table.rows()) > BATCH


def test_files_without_a_key_of_the_batch_stay(spark: SparkSession, tmp_path: Path) -> None:
    """The log's bounds leave them out, and rows that say nothing new touch no file either."""
    table = Table(spark, place(tmp_path), merged())
    for n in range(3):
        table.run(DAYS[n], [(100 * n + k, n, "U", "a", "x") for k in range(20)])
    before = set(table.paths())
    table.run(DAYS[3], [(105, 9, "U", "b", "x"), (999, 1, "D", "", "")])
    after = set(table.paths())
    assert (len(before & after), len(after)) == (2, 3)
    # Again, in another run of the day, and beside a row that is older than what is there.
    table.run(DAYS[3], [(105, 9, "U", "b", "x"), (999, 1, "D", "", ""), (25, 0, "D", "", "")])
    assert set(table.paths()) == after


@pytest.mark.parametrize("mode", ["merge", "scd2"])
@pytest.mark.parametrize(
    ("rows", "broken"),
    [
        ([(1, 1, "U", "a", "x"), (1, 1, "U", "b", "x")], "unique"),
        ([(None, 1, "U", "a", "x")], "not_be_null"),
        ([(1, None, "U", "a", "x")], "not_be_null"),
    ],
    ids=["a key twice", "no key", "no sequence"],
)
def test_what_cannot_be_merged_is_rejected_by_name(
    spark: SparkSession, tmp_path: Path, mode: str, rows: list[Row], broken: str
) -> None:
    """Found in what the function returned, before any row of the table is read."""
    table = Table(spark, place(tmp_path), merged() if mode == "merge" else history())
    audited = table.stage(DAYS[0], rows)
    assert audited.publishable == ()
    assert [v.expectation.type for v in audited.verdicts if v.stops and broken in v.expectation.type]


def test_rows_of_another_interval_are_rejected(spark: SparkSession, tmp_path: Path) -> None:
    """They would be merged a second time by the run of their own."""
    table = Table(spark, place(tmp_path), merged())
    audited = table.stage(DAYS[0], table.frame(DAYS[1], [(1, 1, "U", "a", "x")]))
    assert [v.expectation.type for v in audited.verdicts if v.stops] == ["rows_in_interval"]


def test_hostile_values_and_foreign_files_are_merged_into(spark: SparkSession, tmp_path: Path) -> None:
    """A table partitioned by a text, compacted by delta-spark, then taken as it is."""
    names = ("a/b", "50%", "ü=ß", "x y", "'q'", None)
    table = Table(spark, place(tmp_path), merged(partition_by="name"))
    table.run(DAYS[0], [(n, 1, "U", name, "x") for n, name in enumerate(names)])
    table.run(DAYS[1], [(n, 2, "U", name, "y") for n, name in enumerate(names[:2])])
    spark.sql(f"OPTIMIZE delta.`{table.location.for_spark}` ZORDER BY (id)")
    table.run(DAYS[2], [(n, 3, "U", name, "z") for n, name in enumerate(names) if n % 2], force=True)
    notes = ["y", "z", "x", "z", "x", "z"]
    assert table.rows() == sorted(
        [(n, 1 + "xyz".index(notes[n]), names[n], notes[n]) for n in range(6)], key=repr
    )


def test_files_of_others_keep_their_partition_when_they_are_compacted(
    spark: SparkSession, tmp_path: Path
) -> None:
    """Delta's files hold no partition column, and one that is made of them holds none either."""
    table = Table(spark, place(tmp_path), merged(partition_by="name"))
    table.run(DAYS[0], [(1, 1, "U", "c", "x")])
    for number in (2, 3):
        foreign = table.read().where("id = 1").withColumns({"id": F.lit(number), "name": F.lit("a")})
        foreign.write.format("delta").mode("append").save(table.location.for_spark)
    table.run(DAYS[1], [(4, 1, "U", "b", "x")], force=True)
    found = look(table.binding, None, 1 << 20)
    assert found is not None
    assert table.output.schema is not None
    joined, _ = join(table.binding, found.bins, "compacted")
    done = commit(
        table.binding, table.output.schema, found.table_id, joined, stage_id="compacted", wanted=lambda: None
    )
    assert [len(each.bin.files) for each in done] == [2]
    table.run(DAYS[2], [(2, 2, "U", "a", "y")])
    assert table.rows() == [(1, 1, "c", "x"), (2, 2, "a", "y"), (3, 1, "a", "x"), (4, 1, "b", "x")]


def test_a_changed_table_is_not_merged_into_unless_told(spark: SparkSession, tmp_path: Path) -> None:
    """Also when it is changed after the plan was made."""
    table = Table(spark, place(tmp_path), merged())
    table.run(DAYS[0], [(1, 1, "U", "a", "x"), (2, 1, "U", "a", "x")])
    spark.sql(f"DELETE FROM delta.`{table.location.for_spark}` WHERE id = 1")
    with pytest.raises(MisconfiguredError, match="was changed by somebody else"):
        table.run(DAYS[1], [(2, 2, "U", "b", "x")])
    assert table.run(DAYS[1], [(2, 2, "U", "b", "x")], force=True) == "published"
    assert table.rows() == [(2, 2, "b", "x")]


@pytest.mark.parametrize("output", [merged(), history()], ids=["merge", "scd2"])
def test_a_restored_table_forgets_what_came_after(
    spark: SparkSession, tmp_path: Path, output: Output
) -> None:
    """A day that deletes by mistake is undone by RESTORE and run again: its deletes never were."""
    table, other = (Table(spark, place(tmp_path, name), output) for name in ("restored", "plain"))
    for each in (table, other):
        each.run(DAYS[0], [(1, 5, "U", "a", "x"), (2, 5, "U", "a", "x"), (3, 5, "D", "a", "x")])
    version = open_rewritable(table.binding).version
    table.run(DAYS[1], [(1, 5, "D", "a", "x"), (2, 8, "D", "a", "x"), (4, 8, "D", "a", "x")])
    DeltaTable(table.location.uri).restore(version)
    for each in (table, other):
        late = [(1, 5, "U", "b", "y"), (2, 7, "U", "c", "y"), (3, 4, "U", "c", "y"), (4, 7, "U", "c", "y")]
        each.run(DAYS[1], late, force=True)
    assert table.rows() == other.rows()


def test_a_history_of_maps_and_dates_without_a_time_column(spark: SparkSession, tmp_path: Path) -> None:
    """Types that cannot be compared or counted are merged all the same, for a whole table too."""
    schema = "id STRING, since DATE, name STRING, tags MAP<STRING, INT>, more ARRAY<INT>"
    validity = "valid_from DATE, valid_to DATE, is_current BOOLEAN"
    output = history(
        schema=f"{schema}, {validity}", time=None, sequence_by="since", tracked="name", delete_when=None
    )
    table = Table(spark, place(tmp_path), output, grain=None)
    for day, name in (("2013-01-05", "b"), ("2013-01-01", "a"), ("2013-01-05", "b"), ("2013-01-09", "b")):
        frame = spark.sql(
            f"SELECT 'k' AS id, DATE'{day}' AS since, '{name}' AS name, map('x', 1) AS tags, array(1) AS more"
        )
        table.run(WHOLE, frame)
    found = [(row["name"], str(row["valid_from"]), str(row["valid_to"])) for row in table.read().collect()]
    assert sorted(found) == [("a", "2013-01-01", "2013-01-05"), ("b", "2013-01-05", "None")]


def test_the_model_is_what_a_person_would_write_down() -> None:
    """The judge of the others, on an example that is read at a glance."""
    events = [
        (DAYS[1], (1, 5, "U", "b", "x")),
        (DAYS[0], (1, 1, "U", "a", "x")),
        (DAYS[0], (1, 3, "D", "", "")),
        (DAYS[2], (1, 6, "U", "b", "y")),
    ]
    assert model_history(events) == [(1, 1, "a", "x", 1, 3, False), (1, 5, "b", "x", 5, None, True)]
