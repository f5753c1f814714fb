"""What does each write mode cost beside the same by hand with delta-spark, both with their checks?

replace   a day of a table in place of what is there (`replaceWhere`)
append    a day that was not there
merge     changes of a twentieth of a table's keys, which lie in a third of its files (MERGE)
scd2      the same, as a history (MERGE, with the changed keys twice)

Ours: stage, check, merge, check the result, publish. By hand, each with the same checks in one aggregate and
a GROUP BY of the key before anything is visible: `cached` persists the rows, checks and writes; `twice` does
not persist, so that they are computed for the checks and once more for the write (here they are read from
Parquet, which is cheap; a job's joins are not). `plain` writes without any check. All alternate in one
Spark session, forwards and backwards in turn. Prints a table and, as its last line, one JSON object of
ratios of medians: ours by the faster of the two that check, and by `plain`.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from _lineitem import START, session
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from framework import Interval, Job, Output, expect
from framework.audit.audit import audit
from framework.contract.modes import returned_output
from framework.contract.types import Mode
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.errors import Where
from framework.generation import Fingerprint
from framework.plan.steps import Build, Target
from framework.publish.delta.publisher import DeltaPublisher
from framework.stage.conform import conform
from framework.stage.merging import merge_staged
from framework.stage.write import stage_output, stage_returned
from framework.tables.delta.reader import DeltaReader

MODES: tuple[Mode, ...] = ("replace", "append", "merge", "scd2")
Way = Literal["cached", "twice", "plain"]
HAND_WAYS: tuple[Way, ...] = ("cached", "twice", "plain")
COLUMNS = (
    "day DATE, id BIGINT, seq BIGINT, city STRING, street STRING, balance DECIMAL(12,2), score DOUBLE, "
    "orders INT, kind STRING, note STRING"
)
VALIDITY = "valid_from BIGINT, valid_to BIGINT, is_current BOOLEAN"
FILES = 12
RULES = [
    expect.column_values_to_not_be_null("city"),
    expect.column_values_to_not_be_null("balance"),
    expect.column_values_to_be_between("score", 0, 1),
    expect.column_values_to_be_between("orders", 0, 999),
    expect.column_values_to_be_between("balance", 0, 100000),
    expect.column_values_to_be_in_set("kind", ["a", "b", "c"]),
    expect.column_value_lengths_to_be_between("city", 1, 20),
    expect.column_value_lengths_to_be_between("street", 1, 40),
    expect.column_values_to_match_regex("street", "^[0-9]+ street"),
    expect.column_values_to_not_be_null("note"),
]
"""Beside what is built in: id, seq and day are there, the key is unique, the day is that of the run."""


def broken(rows: DataFrame, day: str) -> int:
    """The same checks as a careful engineer writes them by hand."""
    rules = [
        *(F.col(name).isNotNull() for name in ("id", "seq", "city", "balance", "note")),
        F.col("day") == F.lit(day).cast("date"),
        F.col("score").between(0, 1),
        F.col("orders").between(0, 999),
        F.col("balance").between(0, 100000),
        F.col("kind").isin("a", "b", "c"),
        F.length("city").between(1, 20),
        F.length("street").between(1, 40),
        F.col("street").rlike("^[0-9]+ street"),
    ]
    counts = rows.agg(*(F.count_if(~rule).alias(f"rule_{n}") for n, rule in enumerate(rules))).head()
    assert counts is not None
    twice = rows.groupBy("id").count().where("count > 1").count()
    return sum(counts) + twice


def customers(spark: SparkSession, ids: Iterable[int] | range, number: int) -> DataFrame:
    """Rows of these ids as they are after the change `number`."""
    assert isinstance(ids, range)
    day = (START + timedelta(days=number)).date()
    return spark.range(ids.start, ids.stop, ids.step, numPartitions=4).selectExpr(
        f"DATE'{day}' AS day",
        "id",
        f"CAST({number} AS BIGINT) AS seq",
        f"concat('city ', (id * 7 + {number}) % 1000) AS city",
        "concat(id % 977, ' street of ', id % 13) AS street",
        f"CAST((id * 31 + {number}) % 9999 AS DECIMAL(12,2)) AS balance",
        "(id % 1000) / 1000D AS score",
        f"CAST((id + {number}) % 999 AS INT) AS orders",
        "element_at(array('a', 'b', 'c'), CAST(id % 3 AS INT) + 1) AS kind",
        "md5(CAST(id AS STRING)) AS note",
    )


@dataclass
class Ours:
    """A table of ours of one mode."""

    spark: SparkSession
    lake: Path
    mode: Mode

    def __post_init__(self) -> None:
        schema = f"{COLUMNS}, {VALIDITY}" if self.mode == "scd2" else COLUMNS
        self.output = Output(
            f"ours.{self.mode}",
            schema=schema,
            key="id",
            time="day",
            mode=self.mode,
            expectations=RULES,
            sequence_by="seq" if self.mode in ("merge", "scd2") else None,
            tracked=("city", "balance", "orders") if self.mode == "scd2" else None,
        )
        place = Location(uri=str(self.lake / self.output.dataset))
        self.binding = Binding(dataset=self.output.dataset, format="delta", location=place)
        self.publisher, self.reader = DeltaPublisher(), DeltaReader()

    def write(self, rows: DataFrame, number: int, run: int) -> None:
        """One run: of the day `number`."""
        interval = Interval(start=START + timedelta(days=number), end=START + timedelta(days=number + 1))
        prepared = self.publisher.prepare(self.output, self.binding, owner="bench", grain="day")
        target = Target(
            output=self.output,
            binding=self.binding,
            interval=interval,
            expected=self.reader.published(self.binding, [interval]).get(interval),
            fingerprint=Fingerprint(code=f"{run}", contract="", checks="", parameters="", inputs=""),
        )
        build = Build(
            job=Job(name="bench", inputs={}, outputs={"": self.output}, where=Where(file="bench", line=1)),
            intervals=(interval,),
            interval=interval,
            pins={},
            windows={},
            targets=(target,),
            parameters={},
            reasons=(),
        )
        frame, stage_id = conform(rows, returned_output(self.output)), f"bench-{os.urandom(4).hex()}"
        if self.output.is_merged:
            returned = stage_returned(
                frame, build, self.output, self.binding, run_id="bench", stage_id=stage_id
            )
            looked = audit(returned, spark=lambda: self.spark)
            assert looked.publishable, [v for v in looked.verdicts if v.state != "pass"]
            staged = merge_staged(self.spark, returned, looked.statistics(interval), force=False)
        else:
            staged = stage_output(frame, build, self.output, self.binding, run_id="bench", stage_id=stage_id)
        audited = audit(staged, spark=lambda: self.spark, constraints=self.publisher.constraints(prepared))
        assert audited.publishable, [v for v in audited.verdicts if v.state != "pass"]
        (receipt,) = self.publisher.publish(prepared, audited, audited.publishable, wanted=lambda: None)
        assert receipt.outcome == "published", receipt


@dataclass
class ByHand:
    """The same with delta-spark."""

    spark: SparkSession
    lake: Path
    mode: Mode
    way: Way

    def __post_init__(self) -> None:
        self.path = str(self.lake / f"{self.way}.{self.mode}")

    def create(self, rows: DataFrame) -> None:
        """The table before the first change."""
        if self.mode == "scd2":
            validity = ("seq AS valid_from", "CAST(NULL AS BIGINT) AS valid_to", "true AS is_current")
            rows = rows.selectExpr("*", *validity)
        writer = rows.write.format("delta").mode("overwrite")
        (writer if self.mode in ("merge", "scd2") else writer.partitionBy("day")).save(self.path)

    def write(self, rows: DataFrame, number: int, run: int) -> None:  # noqa: ARG002 - called as ours
        """One run: of the day `number`."""
        day = f"{(START + timedelta(days=number)).date()}"
        rows = rows.persist() if self.way == "cached" else rows
        assert self.way == "plain" or broken(rows, day) == 0
        self._write(rows, day)
        rows.unpersist(blocking=True)

    def _write(self, rows: DataFrame, day: str) -> None:
        match self.mode:
            case "replace":
                writer = rows.write.format("delta").mode("overwrite")
                writer.option("replaceWhere", f"day = DATE'{day}'").save(self.path)
            case "append":
                rows.write.format("delta").mode("append").save(self.path)
            case "merge":
                rows.createOrReplaceTempView("changes")
                self.spark.sql(f"""
                    MERGE INTO delta.`{self.path}` AS t USING changes AS s ON t.id = s.id
                    WHEN MATCHED AND s.seq >= t.seq THEN UPDATE SET *
                    WHEN NOT MATCHED THEN INSERT *
                """)
            case _:
                rows.createOrReplaceTempView("changes")
                differs = (
                    "NOT (s.city <=> {0}.city AND s.balance <=> {0}.balance AND s.orders <=> {0}.orders)"
                )
                self.spark.sql(f"""
                    MERGE INTO delta.`{self.path}` AS t USING (
                        SELECT id AS same, *, seq AS valid_from, CAST(NULL AS BIGINT) AS valid_to,
                               true AS is_current FROM changes
                        UNION ALL
                        SELECT NULL, s.*, s.seq, NULL, true FROM changes AS s
                        JOIN delta.`{self.path}` AS c ON s.id = c.id AND c.is_current
                        WHERE {differs.format("c")}
                    ) AS s ON t.id = s.same AND t.is_current
                    WHEN MATCHED AND {differs.format("t")}
                        THEN UPDATE SET valid_to = s.seq, is_current = false
                    WHEN NOT MATCHED THEN INSERT *
                """)


def measure(spark: SparkSession, lake: Path, mode: Mode, size: int, rounds: int) -> Mapping[str, list[float]]:
    """Seconds of each way, one after the other in each round, forwards and backwards in turn."""
    ours = Ours(spark, lake, mode)
    hands = {way: ByHand(spark, lake, mode, way) for way in HAND_WAYS}
    merges = mode in ("merge", "scd2")
    first = (
        customers(spark, range(size), 0).repartitionByRange(FILES, "id")
        if merges
        else customers(spark, range(size), 0)
    )
    ours.write(first, 0, 0)
    for hand in hands.values():
        hand.create(first)
    ways: dict[str, Callable[[DataFrame, int, int], None]] = {
        "ours": ours.write,
        **{way: hand.write for way, hand in hands.items()},
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(-1, rounds):
        number = 0 if mode == "replace" else turn + 2
        source = lake / f"changes-{mode}-{turn}"
        # A twentieth of the keys, all of the last third, other ones each time, and some that are new.
        ids = range(size * 2 // 3 + turn + 1, size + size // 100, 7) if merges else range(size)
        customers(spark, ids, number if merges else turn + 2).withColumn(
            "day", F.lit((START + timedelta(days=number)).date())
        ).write.parquet(str(source))
        for name in ways if turn % 2 else reversed(ways):
            rows = spark.read.parquet(str(source))
            spark._jvm.System.gc()  # noqa: SLF001  # nobody pays for what the one before left
            begun = time.perf_counter()
            ways[name](rows, number, turn + 2)
            if turn >= 0:  # the first round warms up the JVM
                seconds[name].append(time.perf_counter() - begun)
    return seconds


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rows and rounds; within two minutes")
    parser.add_argument("--mode", choices=MODES, action="append", help="only this one; may be repeated")
    options = parser.parse_args()
    size, rounds = (60_000, 4) if options.quick else (600_000, 6)
    ratios = {}
    with session() as (spark, lake):
        print(f"{size:,} rows, {rounds} rounds, local[2], seconds")
        print(f"{'':18} {'median':>7} {'least':>7} {'most':>7}")
        for mode in options.mode or MODES:
            seconds = measure(spark, lake, mode, size, rounds)
            medians = {name: statistics.median(times) for name, times in seconds.items()}
            for name, times in seconds.items():
                print(
                    f"{mode:8} {name:9} {medians[name]:7.2f} {min(times):7.2f} {max(times):7.2f}", flush=True
                )
            ratios[mode] = round(medians["ours"] / min(medians["cached"], medians["twice"]), 3)
            ratios[f"{mode}/plain"] = round(medians["ours"] / medians["plain"], 3)
    print(json.dumps({"rows": size, **ratios}))


if __name__ == "__main__":
    main()
