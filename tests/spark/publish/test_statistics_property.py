"""Delta-spark and deltalake give the same answers with our file statistics as with none."""

import random
import shutil
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tests.storage import statistics_cases as cases

FILES = 8


@pytest.fixture
def interpreted(spark: SparkSession) -> Iterator[SparkSession]:
    """The session without code generation: each of hundreds of small queries would be compiled."""
    settings = {
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        # Spark takes NaN for larger than all, footers of pyarrow do not know it: not our matter here.
        "spark.sql.parquet.filterPushdown": "false",
        "spark.databricks.delta.snapshotPartitions": "1",
    }
    before = {key: spark.conf.get(key, None) for key in settings}
    for key, value in settings.items():
        spark.conf.set(key, value)
    yield spark
    for key, old in before.items():
        if old is None:
            spark.conf.unset(key)
        else:
            spark.conf.set(key, old)


def test_no_reader_misses_a_row(interpreted: SparkSession, tmp_path: Path) -> None:
    """Whatever is asked of whatever values, statistics hide no row and change no answer.

    Half of the files are written by Spark, half by pyarrow; every type, nulls, NaN, infinities,
    long and non-ASCII strings, wide decimals, DST instants, years 1 to 9999, escaped partition
    values, missing columns. The seed is in the message of a failure.
    """
    seed = random.randrange(2**32)
    by_pyarrow = cases.draw_case(seed, files=FILES)
    by_spark = cases.draw_case(seed + 1, files=FILES, complete=True)
    files = (*by_pyarrow.files, *by_spark.files)
    root = tmp_path / "with"
    for number, file in enumerate(by_pyarrow.files):
        cases.write_with_pyarrow(file, root / cases.file_name(file, number), number=number)
    _write_with_spark(interpreted, by_spark.files, tmp_path / "spark", root)
    for name in ("without", "unindexed"):
        shutil.copytree(root, tmp_path / name)
    ours = cases.publish(files, root, statistics=True)
    without = cases.publish(files, tmp_path / "without", statistics=False)
    unindexed = cases.publish(files, tmp_path / "unindexed", statistics=True, indexed=False)
    literals = {name: [*some, *by_spark.literals[name]] for name, some in by_pyarrow.literals.items()}
    asked = list(cases.predicates(cases.Case(files=files, literals=literals)))

    expected = cases.deltalake_answers(without, asked)
    assert _wrong(asked, cases.deltalake_answers(ours, asked), expected) == [], seed
    assert _wrong(asked, cases.deltalake_answers(unindexed, asked), expected) == [], seed
    asked = random.Random(seed).sample(asked, 100)  # a query of Spark each: another half in every run
    answers = _spark_answers(_load(interpreted, ours), asked)
    assert _wrong(asked, answers, _all_rows_counted(_load(interpreted, without), asked)) == [], seed
    # Year 1 in the local time zone may be no year of Python's; no aggregate of instants is answered
    # from statistics anyway.
    for column in (name for name, kind in cases.TYPES.items() if kind != "timestamp"):
        aggregates = [F.count("*"), F.min(f"`{column}`"), F.max(f"`{column}`")]
        found, right = (_load(interpreted, table).agg(*aggregates).head() for table in (ours, without))
        assert str(found) == str(right), (seed, column)


def test_statistics_skip_files(interpreted: SparkSession, tmp_path: Path) -> None:
    """Both readers leave out files whose bounds exclude a filter: the statistics are there for it."""
    files = [
        cases.File(rows=1, part="p", columns={n: [value] for n in cases.TYPES if n == "more"})
        for value in ("a", "b", "c")
    ]
    for number, file in enumerate(files):
        cases.write_with_pyarrow(file, tmp_path / cases.file_name(file, number), number=number)
    table = cases.publish(files, tmp_path, statistics=True)

    second = cases.Predicate(column="more", operator="=", literals=("b",))
    where = second.sql(cases.spark_literal, "`")
    assert len(_load(interpreted, table).where(where).inputFiles()) == 1
    assert len(list(table.to_pyarrow_dataset().get_fragments(second.arrow()))) == 1


def _write_with_spark(spark: SparkSession, files: Sequence[cases.File], scratch: Path, root: Path) -> None:
    rows: dict[str, list[object]] = {
        name: [v for f in files for v in ([f.part] * f.rows if name == cases.PARTITION else f.columns[name])]
        for name in cases.TYPES
    }
    numbers = [number for number, file in enumerate(files) for _ in range(file.rows)]
    table = pa.table(rows, cases.ARROW).append_column("file", pa.array(numbers, pa.int32()))
    given = scratch.with_name(f"{scratch.name}.parquet")
    pq.write_table(table, given)
    spark.read.parquet(str(given)).coalesce(1).write.partitionBy("file").parquet(str(scratch))
    for number, file in enumerate(files):
        (written,) = (scratch / f"file={number}").glob("*.parquet")
        target = root / cases.file_name(file, FILES + number)
        target.parent.mkdir(parents=True)
        written.rename(target)


def _load(spark: SparkSession, table: DeltaTable) -> DataFrame:
    return spark.read.format("delta").load(table.table_uri)


def _spark_answers(frame: DataFrame, asked: Sequence[cases.Predicate]) -> list[int]:
    """Rows that each predicate finds when it is a filter, so that files may be skipped for it."""
    counts: dict[int, int] = {}
    numbered = enumerate(asked)
    while some := list(islice(numbered, 20)):
        parts = [
            frame.where(predicate.sql(cases.spark_literal, "`")).selectExpr(f"{number} AS k", "count(*) AS n")
            for number, predicate in some
        ]
        union = parts[0]
        for part in parts[1:]:
            union = union.unionAll(part)
        counts.update({row["k"]: row["n"] for row in union.collect()})
    return [counts[number] for number in range(len(asked))]


def _all_rows_counted(frame: DataFrame, asked: Sequence[cases.Predicate]) -> list[int]:
    """The same, looking at every row of every file."""
    rows = frame.localCheckpoint()
    counts: list[int] = []
    numbered = iter(asked)
    while some := list(islice(numbered, 50)):
        texts = [f"count_if({predicate.sql(cases.spark_literal, '`')})" for predicate in some]
        row = rows.selectExpr(*texts).head()
        assert row is not None
        counts.extend(row)
    return counts


def _wrong(
    asked: Sequence[cases.Predicate], found: Sequence[object], expected: Sequence[object]
) -> list[object]:
    return [(p, f, e) for p, f, e in zip(asked, found, expected, strict=True) if f != e]
