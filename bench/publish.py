"""What does it cost to check a day's rows before anybody sees them?

Writes TPC-H lineitem as one day of a Delta table in four ways, alternating in one Spark session:

parquet             a plain Parquet write: the floor, nothing is published and nothing checked
delta               a plain Delta `replaceWhere`, no checks
persist+check+delta cache the frame, 20 checks in one aggregate over it, then `replaceWhere`
ours                stage, the same 20 checks over the staged files, publish

Prints a table and, as its last line, one JSON object of ratios of medians.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from _lineitem import DAY, INTERVAL, LEAST, RANGES, REGEX, REQUIRED, SETS, Stager, lineitem, session
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from framework.audit.audit import audit
from framework.publish.publishers import publisher_of
from framework.tables.readers import reader_of


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A way to write the rows; `write` is given a new number in every round."""

    name: str
    write: Callable[[int], None]


def broken_rows(frame: DataFrame) -> int:
    """The same 20 checks as a careful engineer writes them by hand: one aggregate."""
    rules = [
        *(F.col(name).isNotNull() for name in REQUIRED),
        *(F.col(name).between(low, high) for name, (low, high) in RANGES.items()),
        *(F.col(name).isin(*values) for name, values in SETS.items()),
        F.col("l_comment").rlike(REGEX),
        F.col("l_receiptdate").between("1992-01-01", "1999-12-31"),
    ]
    failing = [F.count_if(~rule).alias(f"rule_{number}") for number, rule in enumerate(rules)]
    row = frame.agg(F.count("*").alias("rows"), *failing).head()
    assert row is not None
    counts = row.asDict()
    return int(counts.pop("rows") < LEAST) + sum(counts.values())


def contenders(spark: SparkSession, source: Path, lake: Path) -> list[Contender]:
    """The four ways. Each reads the same files anew."""

    def rows() -> DataFrame:
        return spark.read.parquet(str(source)).withColumn("day", F.lit(DAY).cast("date"))

    def to_delta(frame: DataFrame, name: str) -> None:
        writer = frame.write.format("delta").mode("overwrite").partitionBy("day")
        if (lake / name).exists():
            writer = writer.option("replaceWhere", f"day = DATE'{DAY}'")
        writer.save(str(lake / name))

    def parquet(number: int) -> None:
        rows().write.parquet(str(lake / "parquet" / f"{number}"))

    def delta(number: int) -> None:  # noqa: ARG001  # every contender is called alike
        to_delta(rows(), "delta")

    def persisted(number: int) -> None:  # noqa: ARG001  # every contender is called alike
        frame = rows().persist()
        try:
            assert broken_rows(frame) == 0
            to_delta(frame, "persisted")
        finally:
            frame.unpersist(blocking=True)

    return [
        Contender(name="parquet", write=parquet),
        Contender(name="delta", write=delta),
        Contender(name="persist+check+delta", write=persisted),
        Contender(name="ours", write=_ours(spark, rows, lake)),
    ]


def _ours(spark: SparkSession, rows: Callable[[], DataFrame], lake: Path) -> Callable[[int], None]:
    stager = Stager(rows, lake)
    publisher, reader = publisher_of(stager.binding), reader_of(stager.binding)

    def write(number: int) -> None:
        prepared = publisher.prepare(stager.output, stager.binding, owner="bench", grain="day")
        expected = reader.published(stager.binding, [INTERVAL]).get(INTERVAL)
        staged = stager.stage(number, expected)
        audited = audit(staged, spark=lambda: spark, constraints=publisher.constraints(prepared))
        assert audited.publishable, [v for v in audited.verdicts if v.state != "pass"]
        (receipt,) = publisher.publish(prepared, audited, audited.publishable, wanted=lambda: None)
        assert receipt.outcome == "published", receipt

    return write


def measure(ways: list[Contender], rounds: int) -> Mapping[str, list[float]]:
    """Seconds of each way, one after the other in each round, forwards and backwards in turn."""
    seconds: dict[str, list[float]] = {way.name: [] for way in ways}
    for number in range(-1, rounds):
        for way in ways if number % 2 else reversed(ways):
            start = time.perf_counter()
            way.write(number + 2)
            if number >= 0:  # the first round warms up the JVM and makes the tables
                seconds[way.name].append(time.perf_counter() - start)
    return seconds


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rows and rounds; within a minute")
    quick = parser.parse_args().quick
    scale, rounds = (0.03, 3) if quick else (0.3, 9)
    source = lineitem(scale)
    with session() as (spark, lake):
        count = spark.read.parquet(str(source)).count()
        seconds = measure(contenders(spark, source, lake), rounds)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    print(f"lineitem, {count:,} rows, {rounds} rounds, local[2], seconds")
    print(f"{'':20} {'median':>7} {'least':>7} {'most':>7}  ÷ delta")
    for name, times in seconds.items():
        ratio = medians[name] / medians["delta"]
        print(f"{name:20} {medians[name]:7.2f} {min(times):7.2f} {max(times):7.2f}  {ratio:7.2f}")
    ratios = {
        "ours/delta": medians["ours"] / medians["delta"],
        "ours/persist+check+delta": medians["ours"] / medians["persist+check+delta"],
        "ours/parquet": medians["ours"] / medians["parquet"],
    }
    print(json.dumps({"rows": count, **{name: round(value, 3) for name, value in ratios.items()}}))


if __name__ == "__main__":
    main()
