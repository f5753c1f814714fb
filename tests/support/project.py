"""A small project in a folder of its own, and its command line run as a user runs it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]

LOCAL = """
    stores:
      lake: {uri: .data}
      raw: {uri: .data/raw}
    example_interval: 2013-01-01/2013-01-03
"""
BASE = """
    version: 1
    project: small
    stores: {lake: {}, raw: {}}
    state: "{lake}/sparkjob"
    datasets:
      "*": {format: delta, location: "{lake}/{dataset}"}
      source.readings: {source: true, format: csv, location: "{raw}/readings.csv", options: {header: true}}
"""
SPLIT = '''
    """Readings of two sensors, good and bad apart."""

    from framework import Input, Output, expect, job, main

    SCHEMA = "day DATE NOT NULL, sensor INT NOT NULL, v INT"


    @job(
        inputs={"readings": Input("source.readings", schema=SCHEMA)},
        outputs={
            "good": Output(
                "small.good",
                schema=SCHEMA,
                key=("day", "sensor"),
                time="day",
                expectations=[expect.column_values_to_be_between("v", 0, 9)],
            ),
            "bad": Output("small.bad", schema=SCHEMA, time="day"),
        },
        interval="day",
        start="2013-01-01",
        batch=31,
    )
    def split(readings, *, interval, add: int = 0):
        """Even sensors are good."""
        from pyspark.sql import functions as F

        days = readings.where(F.col("day").between(interval.first_day, interval.last_day))
        days = days.withColumn("v", F.col("v") + add)
        return {"good": days.where("sensor % 2 = 0"), "bad": days.where("sensor % 2 = 1")}


    if __name__ == "__main__":
        main(split)
'''
TOTAL = '''
    """One line a day."""

    from framework import Input, Output, job, main


    @job(
        inputs={"good": Input("small.good")},
        outputs=Output("small.total", schema="day DATE NOT NULL, n BIGINT, v BIGINT", key="day"),
    )
    def total(good):
        """Add up the good readings."""
        from pyspark.sql import functions as F

        return good.groupBy("day").agg(F.count("*").alias("n"), F.sum("v").alias("v"))


    if __name__ == "__main__":
        main(total)
'''
FILES = {
    "configs/base.yml": BASE,
    "configs/local.yml": LOCAL,
    "jobs/split.py": SPLIT,
    "jobs/total.py": TOTAL,
}


@dataclass(frozen=True)
class SmallProject:
    """Two jobs on one CSV: `split` (two outputs, daily, batches) and `total` (whole table)."""

    root: Path

    def write(self, path: str, text: str) -> Path:
        """A file of the project, dedented."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return place

    def write_readings(self, v: int, *, days: int = 2, sensors: int = 40) -> None:
        """The source: every sensor once a day, all with the value `v`."""
        rows = [f"2013-01-{day + 1:02},{sensor},{v}" for day in range(days) for sensor in range(sensors)]
        self.write(".data/raw/readings.csv", "\n".join(["day,sensor,v", *rows, ""]))

    def table(self, dataset: str) -> Path:
        """Where a dataset's table is."""
        return self.root / ".data" / dataset

    def start(
        self, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """`sparkjob ARGUMENTS` in this project, both streams piped, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "framework.cli.main", *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def call(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """`sparkjob ARGUMENTS`, to its end, which on a machine with other work may take minutes."""
        with self.start(arguments, environment=environment) as process:
            out, err = process.communicate(timeout=600)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def make_project(root: Path, files: Mapping[str, str] | None = None) -> SmallProject:
    """The small project below `root`, with `files` added to it or in place of its own."""
    project = SmallProject(root)
    for path, text in {**FILES, **(files or {})}.items():
        project.write(path, text)
    project.write_readings(1)
    return project


def copy_project(root: Path, *, of: Path = ROOT) -> SmallProject:
    """The jobs and configs of a project below `root`; without another one, those of the flights example."""
    for folder in ("jobs", "configs"):
        shutil.copytree(of / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return SmallProject(root)
