"""TPC-H lineitem as one day of a table, with 20 checks: what the benchmarks have in common."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from framework import Expectation, Input, Output, expect
from framework.contract.schema import Schema
from framework.contract.types import Job
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.errors import Where
from framework.generation import Fingerprint, Generation
from framework.interval import Interval
from framework.plan.steps import Build, Target
from framework.stage.conform import conform
from framework.stage.session import open_session
from framework.stage.settings import DEFAULTS, DELTA
from framework.stage.staged import Staged
from framework.stage.write import stage_output

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


@contextmanager
def session() -> Iterator[tuple[SparkSession, Path]]:
    """A local Spark on two cores, and a directory for its tables; both are gone afterwards."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    CACHE.mkdir(parents=True, exist_ok=True)
    lake = Path(tempfile.mkdtemp(prefix="lake-", dir=CACHE))
    local = {
        "spark.master": "local[2]",
        "spark.driver.memory": "3g",
        "spark.sql.shuffle.partitions": "2",
        # Else what one way has compiled is thrown out for the next one's (100 by default).
        "spark.sql.codegen.cache.maxEntries": "10000",
    }
    spark = open_session("bench", spark={**DEFAULTS, **DELTA, **local})
    try:
        yield spark, lake
    finally:
        spark.stop()
        shutil.rmtree(lake)


def declare(rows: DataFrame, rules: Sequence[Expectation]) -> Output:
    """The rows as an output with these rules."""
    schema = Schema.of(rows._jdf.schema().toDDL())  # noqa: SLF001  # the only way to DDL
    return Output("bench.lineitem", schema=schema, time="day", expectations=list(rules))


class Stager:
    """Stages the rows as the output of a job with the 20 checks, in a table below `lake`."""

    def __init__(self, rows: Callable[[], DataFrame], lake: Path) -> None:
        self._rows = rows
        self.output = declare(rows(), expectations())
        assert len(self.output.expectations) == CHECKS
        location = Location(uri=str(lake / self.output.dataset))
        self.binding = Binding(dataset=self.output.dataset, format="delta", location=location)
        self._job = Job(
            name="bench",
            inputs={"files": Input("source.lineitem")},
            outputs={"": self.output},
            where=Where(file="bench/_lineitem.py", line=1),
            interval="day",
        )

    def stage(self, number: int, expected: Generation | None = None) -> Staged:
        """Write the files of one more run. `expected`: what is published of the interval."""
        fingerprint = Fingerprint(code=f"{number:064x}", contract="0", checks="0", parameters="0", inputs="0")
        target = Target(
            output=self.output,
            binding=self.binding,
            interval=INTERVAL,
            expected=expected,
            fingerprint=fingerprint,
        )
        build = Build(
            job=self._job,
            intervals=(INTERVAL,),
            interval=INTERVAL,
            pins={},
            windows={},
            targets=(target,),
            parameters={},
            reasons=(),
        )
        run_id = f"bench-{number}"
        return stage_output(
            conform(self._rows(), self.output),
            build,
            self.output,
            self.binding,
            run_id=run_id,
            stage_id=f"{run_id}-{os.urandom(4).hex()}",
        )
