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
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from framework import Expectation, Input, Output, expect
from framework.audit.audit import audit
from framework.contract.schema import Schema
from framework.contract.types import Job
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.errors import Where
from framework.generation import Fingerprint
from framework.interval import Interval
from framework.plan.steps import Build, Target
from framework.publish.publishers import publisher_of
from framework.stage.conform import conform
from framework.stage.session import open_session
from framework.stage.settings import DEFAULTS, DELTA
from framework.stage.write import stage_output
from framework.tables.readers import reader_of

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache" / "bench"
DAY = "2024-01-01"
START = datetime(2024, 1, 1, tzinfo=UTC)
INTERVAL = Interval(start=START, end=START + timedelta(days=1))
REQUIRED = ("l_orderkey", "l_partkey", "l_suppkey", "l_linenumber", "l_quantity", "l_shipdate", "l_comment")
RANGES: Mapping[str, tuple[float, float]] = {
    "l_linenumber": (1, 7),
    "l_quantity": (1, 50),
    "l_discount": (0, 0.1),
    "l_tax": (0, 0.08),
    "l_extendedprice": (0, 200_000),
    "l_orderkey": (1, 10_000_000),
}
SETS = {
    "l_returnflag": ("A", "N", "R"),
    "l_linestatus": ("F", "O"),
    "l_shipmode": ("AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"),
    "l_shipinstruct": ("COLLECT COD", "DELIVER IN PERSON", "NONE", "TAKE BACK RETURN"),
}
REGEX = "^[a-zA-Z ,.:;?!'-]*$"
LEAST = 1_000
CHECKS = 20


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A way to write the rows; `write` is given a new number in every round."""

    name: str
    write: Callable[[int], None]


def expectations() -> list[Expectation]:
    """The 20 checks, as a job declares them. None is of uniqueness, which costs a shuffle by itself."""
    return [
        expect.table_row_count_to_be_between(LEAST),
        *(expect.column_values_to_not_be_null(name) for name in REQUIRED),
        *(expect.column_values_to_be_between(name, low, high) for name, (low, high) in RANGES.items()),
        *(expect.column_values_to_be_in_set(name, values) for name, values in SETS.items()),
        expect.column_values_to_match_regex("l_comment", REGEX),
        expect.column_values_to_be_between("l_receiptdate", "1992-01-01", "1999-12-31"),
    ]


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


def lineitem(scale: float) -> Path:
    """TPC-H lineitem as Parquet files below the cache; about six million rows a unit of scale."""
    folder = CACHE / f"tpch-{scale:g}"
    made = folder / "lineitem"
    if not made.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=CACHE))
        tool = Path(sys.executable).with_name("tpchgen-cli")
        options = [f"-s={scale:g}", "--tables=lineitem", "--parts=4", f"--output-dir={scratch}"]
        subprocess.run([tool, "parquet", *options], check=True)
        scratch.rename(folder)
    return made


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

    def persisted(number: int) -> None:  # noqa: ARG001
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
    output = Output(
        "bench.lineitem",
        schema=Schema.of(rows()._jdf.schema().toDDL()),  # noqa: SLF001  # the only way to DDL
        time="day",
        expectations=expectations(),
    )
    assert len(output.expectations) == CHECKS
    binding = Binding(
        dataset=output.dataset, format="delta", location=Location(uri=str(lake / output.dataset))
    )
    job = Job(
        name="bench",
        inputs={"files": Input("source.lineitem")},
        outputs={"": output},
        where=Where(file="bench/publish.py", line=1),
        interval="day",
    )
    publisher, reader = publisher_of(binding), reader_of(binding)

    def write(number: int) -> None:
        prepared = publisher.prepare(output, binding, owner="bench", grain="day")
        target = Target(
            output=output,
            binding=binding,
            interval=INTERVAL,
            expected=reader.published(binding, [INTERVAL]).get(INTERVAL),
            fingerprint=Fingerprint(
                code=f"{number:064x}", contract="0", checks="0", parameters="0", inputs="0"
            ),
        )
        build = Build(
            job=job,
            intervals=(INTERVAL,),
            interval=INTERVAL,
            pins={},
            windows={},
            targets=(target,),
            parameters={},
            reasons=(),
        )
        run_id = f"bench-{number}"
        staged = stage_output(
            conform(rows(), output),
            build,
            output,
            binding,
            run_id=run_id,
            stage_id=f"{run_id}-{os.urandom(4).hex()}",
        )
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
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    lake = Path(tempfile.mkdtemp(prefix="lake-", dir=CACHE))
    local = {"spark.master": "local[2]", "spark.driver.memory": "3g", "spark.sql.shuffle.partitions": "2"}
    spark = open_session("bench", spark={**DEFAULTS, **DELTA, **local})
    try:
        count = spark.read.parquet(str(source)).count()
        seconds = measure(contenders(spark, source, lake), rounds)
    finally:
        spark.stop()
        shutil.rmtree(lake)
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
