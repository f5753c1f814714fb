"""A job of two outputs that copies readings, run whole but for Spark: its files are written by pyarrow."""

import csv
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from framework import Input, Interval, Output, job
from framework.contract.declare import ATTRIBUTE
from framework.contract.types import Job
from framework.environment.bindings import Bindings, DatasetRule, Format
from framework.environment.environment import Environment
from framework.environment.location import Location
from framework.interval import parse_interval
from framework.outcome import Outcome, exit_code
from framework.plan.steps import Build, Request
from framework.project.project import Project
from framework.run import execute
from framework.run.context import Context
from framework.run.events import PlainReporter
from framework.run.walk import walk
from framework.stage.inputcheck import require_unchanged
from framework.stage.stage import StageResult
from framework.stage.staged import Staged, stage_directory
from tests.storage.publishing import write_files

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DAYS = tuple(parse_interval(f"2013-01-0{n}") for n in (1, 2))
DATASETS = ("shop.sold", "shop.left")
KEYS = 3
"""Rows of a day: each key once, all with the value that the readings had."""
_SCHEMA = "day DATE NOT NULL, name STRING, amount BIGINT"
_READINGS = "source.readings"


@job(
    inputs={"readings": Input(_READINGS, schema="v INT")},
    outputs={name.partition(".")[2]: Output(name, schema=_SCHEMA, time="day") for name in DATASETS},
    interval="day",
    start="2013-01-01",
    batch=31,
)
def shop() -> None:
    """Never called: what it would return is staged by `_stage`."""


class _WithoutSpark(Context):
    @property
    def spark(self) -> "SparkSession":
        """None: nothing that is done here asks it anything."""
        return cast("SparkSession", None)


@dataclass(frozen=True)
class Shop:
    """Where its tables are, and in which format; the readings and the state are on the disk."""

    root: Path
    form: Format
    lake: Location

    @property
    def environment(self) -> Environment:
        """Everything in two folders, or in a folder and a bucket."""
        rules = [
            DatasetRule(
                pattern=_READINGS,
                format="csv",
                source=True,
                location="{raw}/readings.csv",
                options={"header": "true"},
            ),
            DatasetRule(pattern="*", format=self.form, location="{lake}/{dataset}"),
        ]
        stores = {"lake": self.lake, "raw": Location(uri=str(self.root / "raw"))}
        return Environment(
            name="local",
            project="shop",
            stores=stores,
            state=self.lake.child("state"),
            bindings=Bindings(rules, stores=stores),
        )

    @property
    def readings(self) -> Path:
        """One line: the value that all rows get."""
        return self.root / "raw" / "readings.csv"

    def write_readings(self, v: int) -> None:
        """New ones, in place of the old in one step."""
        self.readings.parent.mkdir(exist_ok=True)
        new = self.readings.with_suffix(".new")
        new.write_text(f"v\n{v}\n")
        new.replace(self.readings)

    def run(self, days: tuple[Interval, ...]) -> Mapping[Interval, Outcome]:
        """One invocation: plan on what is there, then all that a run does."""
        declared = getattr(shop, ATTRIBUTE)
        assert isinstance(declared, Job)
        context = _WithoutSpark(
            project=Project(root=self.root, jobs={"shop": declared}, hashes={"shop": "code"}),
            environment=self.environment,
            request=Request(intervals={"shop": days}),
            invocation="invocation",
            reporter=PlainReporter(),
        )
        execute.stage = _stage  # type: ignore[assignment]
        execute.describe_jobs = lambda *_: None
        outcomes: dict[Interval, Outcome] = {}
        for record in walk(context.plan(), context):
            outcomes |= {part.interval: part.outcome for part in record.intervals}
            for fault in record.faults:
                sys.stderr.write(f"{fault}\n")
        return outcomes

    def exit(self, days: tuple[Interval, ...]) -> int:
        """The exit code of such an invocation."""
        return exit_code(self.run(days).values())


def _stage(
    _spark: object,
    build: Build,
    _project: Project,
    environment: Environment,
    run_id: str,
    stage_id: str,
    **_: object,
) -> StageResult:
    """What `framework.stage.stage` does, in its order."""
    place = environment.input(_READINGS).location.uri
    with Path(place).open(newline="") as lines:
        v = int(next(csv.DictReader(lines))["v"])
    staged = []
    for output in build.job.outputs.values():
        binding = environment.binding(output.dataset)
        assert output.schema is not None
        files = [
            file
            for day in build.intervals
            for file in write_files(
                binding,
                stage_id,
                output,
                output.schema,
                day,
                [(day.first_day, f"key{key}", v) for key in range(KEYS)],
                None,
            )
        ]
        staged.append(
            Staged(
                output=output,
                binding=binding,
                targets=tuple(target for target in build.targets if target.output == output),
                run_id=run_id,
                stage_id=stage_id,
                directory=stage_directory(binding, stage_id),
                files=tuple(files),
            )
        )
    require_unchanged(build, environment)
    sys.stderr.write(f"staged v={v} as {stage_id} by {os.getpid()}\n")
    return StageResult(outputs=tuple(staged), inputs={})
