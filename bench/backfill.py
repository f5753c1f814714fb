"""What does a year of days cost: one process for all of them, beside one process for each?

A project of its own with a year of readings, landed beforehand, and one daily job on them in two
forms, which differ by `batch` alone. The contenders, one after the other in each round:

submit      `sparkjob run daily --interval DAY`: a process and a Spark for each day
backfill    `sparkjob backfill daily`: all days in one process, a run for each
parallel    the same with `--parallel 2`
batch       `sparkjob backfill daily_batch`: the same with `batch=366`: one run for all

A submit is timed for a few days and multiplied: a year of them is hours.

Prints wall seconds and CPU seconds (driver and JVM) and, as its last line, one JSON object of
ratios of medians to `submit`.
"""

import argparse
import ctypes
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[1]
FIRST = date(2013, 1, 1)
SENSORS = 50

CONFIGS = {
    "base.yml": """
        version: 1
        project: bench
        stores: {lake: {}}
        state: "{lake}/sparkjob"
        datasets:
          "*": {format: delta, location: "{lake}/{dataset}"}
          source.readings:
            {source: true, format: csv, location: "{lake}/readings.csv", options: {header: true}}
        sizes: {two: {spark: {spark.master: "local[2]", spark.driver.memory: 2g}}}
        jobs: {"*": {size: two}}
        """,
    "local.yml": "stores: {lake: {uri: .data}}\n",
}
LAND = """
    from framework import Input, Output, job

    SCHEMA = "day DATE NOT NULL, sensor INT NOT NULL, v DOUBLE"


    @job(
        inputs={"readings": Input("source.readings", schema=SCHEMA)},
        outputs=Output("bench.readings", schema=SCHEMA, key=("day", "sensor"), time="day"),
        interval="day",
        start="2013-01-01",
        batch=366,
    )
    def land(readings, *, interval):
        from pyspark.sql import functions as F

        return readings.where(F.col("day").between(interval.first_day, interval.last_day))
    """
DAILY = """
    from framework import Input, Output, expect, job
    from pyspark.sql import functions as F


    @job(
        inputs={{"readings": Input("bench.readings")}},
        outputs=Output(
            "bench.{name}",
            schema="day DATE NOT NULL, kind INT NOT NULL, n BIGINT, mean DOUBLE",
            key=("day", "kind"),
            time="day",
            expectations=[
                expect.column_values_to_be_between("n", 1, 1000),
                expect.column_values_to_not_be_null("mean"),
            ],
        ),
        interval="day",
        start="2013-01-01",
        batch={batch},
    )
    def {name}(readings):
        kind = (F.col("sensor") % 5).alias("kind")
        return readings.groupBy("day", kind).agg(F.count("*").alias("n"), F.avg("v").alias("mean"))
    """


@dataclass(frozen=True)
class Cost:
    """Seconds of one or more processes."""

    wall: float
    cpu: float


def make_project(root: Path, days: int) -> None:
    """The project and its readings, landed."""
    shutil.rmtree(root, ignore_errors=True)
    jobs = {"land": LAND, "daily": DAILY.format(name="daily", batch=1)}
    jobs["daily_batch"] = DAILY.format(name="daily_batch", batch=366)
    for name, text in jobs.items():
        write(root / "jobs" / f"{name}.py", dedent(text))
    for name, text in CONFIGS.items():
        write(root / "configs" / name, dedent(text))
    rows = [
        f"{FIRST + timedelta(n)},{sensor},{n + sensor / 7}" for n in range(days) for sensor in range(SENSORS)
    ]
    write(root / ".data" / "readings.csv", "\n".join(["day,sensor,v", *rows, ""]))
    sparkjob(root, "run", "land", "--interval", span(0, days))


def write(place: Path, text: str) -> None:
    """One file, with its folders."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def span(first: int, end: int) -> str:
    """The days from number `first` to before `end`, as `--interval` takes them."""
    return f"{FIRST + timedelta(first)}/{FIRST + timedelta(end)}"


def sparkjob(root: Path, *arguments: str) -> Cost:
    """One process, to its end and that of its JVM."""
    before, begun = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "framework.cli.main", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"{arguments} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    try:
        while True:
            os.wait()  # the JVM, which we have adopted
    except ChildProcessError:
        pass
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall, cpu)


def measure(root: Path, days: int, submits: int, rounds: int) -> dict[str, list[Cost]]:
    """Costs of a year in each way, one after the other in each round."""
    costs: dict[str, list[Cost]] = {"submit": [], "backfill": [], "parallel": [], "batch": []}
    for number in range(rounds):
        for name in ("daily", "daily_batch"):
            shutil.rmtree(root / ".data" / f"bench.{name}", ignore_errors=True)
        sample = [
            sparkjob(root, "run", "daily", "--interval", span(day, day + 1))
            for day in range(number, days, days // submits)
        ][:submits]
        one = medians({"submit": sample})["submit"]
        costs["submit"].append(Cost(one.wall * days, one.cpu * days))
        for name, options in (("backfill", ()), ("parallel", ("--parallel", "2"))):
            shutil.rmtree(root / ".data" / "bench.daily")
            costs[name].append(sparkjob(root, "backfill", "daily", "--interval", span(0, days), *options))
        costs["batch"].append(sparkjob(root, "backfill", "daily_batch", "--interval", span(0, days)))
    return costs


def medians(costs: dict[str, list[Cost]]) -> dict[str, Cost]:
    """The median cost of each way."""
    return {
        name: Cost(*(statistics.median(getattr(cost, unit) for cost in each) for unit in ("wall", "cpu")))
        for name, each in costs.items()
    }


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a month of days; minutes")
    quick = parser.parse_args().quick
    days, submits, rounds = (30, 2, 1) if quick else (365, 4, 3)
    set_child_subreaper = 36  # linux/prctl.h
    ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        make_project(Path(folder), days)
        costs = measure(Path(folder), days, submits, rounds)
    found = medians(costs)
    submit = found["submit"]
    print(f"{'':10} {'wall s':>9} {'÷ submit':>9} {'CPU s':>9} {'÷ submit':>9}   {days} days")
    ratios: dict[str, float] = {}
    for name, cost in found.items():
        wall, cpu = cost.wall / submit.wall, cost.cpu / submit.cpu
        print(f"{name:10} {cost.wall:9.1f} {wall:9.3f} {cost.cpu:9.1f} {cpu:9.3f}")
        if name != "submit":
            ratios |= {f"{name}/submit": round(wall, 4), f"{name}/submit CPU": round(cpu, 4)}
    print(json.dumps({"days": days, **ratios}))


if __name__ == "__main__":
    main()
