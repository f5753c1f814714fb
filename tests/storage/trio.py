"""A job with three outputs, staged by pyarrow: all of a run but Spark, on Delta or in memory."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from framework import Interval, Job, Output, job
from framework.audit.audit import reaudit_footers
from framework.contract.declare import ATTRIBUTE
from framework.environment.bindings import Bindings, DatasetRule, Format
from framework.environment.environment import Environment
from framework.environment.location import Location
from framework.errors import FailedError
from framework.generation import Generation
from framework.interval import parse_interval
from framework.outcome import Outcome
from framework.plan.steps import Build, Plan, Request
from framework.project.project import Project
from framework.publish.intent import write_intent
from framework.record.record import RunRecord
from framework.record.store import load_records
from framework.run.attempt import Attempt
from framework.run.context import Context
from framework.run.events import PlainReporter
from framework.run.formats import Formats
from framework.run.prepare import prepare_output
from framework.run.publishing import Ready, publish_outputs
from framework.run.walk import walk
from framework.stage.staged import Staged, stage_directory
from framework.testing.memory import MemoryTables
from tests.storage.publishing import write_files

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMA = "day DATE NOT NULL, v BIGINT"
D1, D2, D3 = (parse_interval(f"2013-01-0{n}") for n in (1, 2, 3))
NAMES = ("a", "b", "c")


@job(
    outputs={name: Output(f"t.{name}", schema=SCHEMA, time="day") for name in NAMES},
    interval="day",
    start="2013-01-01",
    batch=31,
)
def trio() -> None:
    """Never called: the tests stage by themselves."""


class NeedsSparkError(FailedError):
    """The run came to where Spark would compute something."""


class NoSpark(Context):
    """An invocation on a machine without a JVM."""

    @property
    def spark(self) -> "SparkSession":
        """There is none."""
        raise NeedsSparkError("Spark is needed")


@dataclass(frozen=True)
class Staging:
    """One attempt, up to where it would publish."""

    attempt: Attempt
    outputs: tuple[Ready, ...]

    @property
    def stage_id(self) -> str:
        """The attempt's own id."""
        return self.outputs[0].audited.staged.stage_id

    def intend(self) -> "Staging":
        """Write the intent."""
        attempt = self.attempt
        audited = [each.audited for each in self.outputs]
        state, name = attempt.context.environment.state, attempt.build.job.name
        write_intent(state, name, audited, attempt.build.intervals)
        return self

    def publish(self, first: int = len(NAMES)) -> dict[Interval, Outcome]:
        """Publish the first outputs and then, if these are not all, die; the outcomes otherwise."""
        self.intend()
        publish_outputs(self.outputs[:first], self.attempt.build.intervals, self.attempt)
        return self.attempt.outcomes

    def but_first(self) -> "Staging":
        """The same without its first output, as if that were already there."""
        return replace(self, outputs=self.outputs[1:])

    def files(self, name: str) -> list[Path]:
        """The staged files of one output."""
        staged = next(e.audited.staged for e in self.outputs if e.prepared.output.dataset == f"t.{name}")
        return [Path(staged.binding.location.uri, file.path) for file in staged.files]


@dataclass
class World:
    """The tables and the state of the job, for as many runs as a test needs."""

    root: Path
    formats: Formats
    days: tuple[Interval, ...] = (D1,)
    stored: Mapping[str, Format] = field(default_factory=lambda: {"*": "delta"})
    records: list[RunRecord] = field(default_factory=list)

    @cached_property
    def environment(self) -> Environment:
        """Everything below one folder."""
        return Environment(
            name="local",
            project="test",
            stores={},
            state=Location(uri=str(self.root / "state")),
            bindings=Bindings(
                [
                    DatasetRule(pattern=pattern, format=form, location="{lake}/{dataset}")
                    for pattern, form in self.stored.items()
                ],
                stores={"lake": Location(uri=str(self.root))},
            ),
        )

    def context(self, code: str = "v1", *, run_id: str | None = None, force: bool = False) -> Context:
        """An invocation on this code."""
        found = getattr(trio, ATTRIBUTE)
        assert isinstance(found, Job)
        return NoSpark(
            project=Project(root=self.root, jobs={"trio": found}, hashes={"trio": code}),
            environment=self.environment,
            request=Request(intervals={"trio": self.days}, force=force),
            invocation="invocation",
            reporter=PlainReporter(),
            formats=self.formats,
            run_id=run_id,
        )

    def build(self, code: str = "v1") -> Build:
        """What is to be built now."""
        (step,) = self.context(code).plan().steps
        assert isinstance(step, Build)
        return step

    def stage(self, code: str = "v1", *, v: int = 1, run_id: str | None = None) -> Staging:
        """An attempt that is planned on what is published now, staged and audited."""
        context, build = self.context(code, run_id=run_id), self.build(code)
        attempt = Attempt(build=build, context=context, reasons=())
        stage_id = f"{attempt.run_id}-{os.urandom(4).hex()}"
        outputs = build.job.outputs.values()
        return Staging(attempt, tuple(self._stage(attempt, output, stage_id, v) for output in outputs))

    def walk(self, code: str = "v1", **options: object) -> Mapping[Interval, Outcome]:
        """Plan and run; each interval's outcome, of which it has only one."""
        context = self.context(code, **options)
        return self.walk_on(context, context.plan())

    def walk_on(self, context: Context, plan: Plan) -> Mapping[Interval, Outcome]:
        """Run an earlier plan."""
        self.records = list(walk(plan, context))
        parts = [part for record in self.records for part in record.intervals]
        outcomes = {part.interval: part.outcome for part in parts}
        assert len(outcomes) == len(parts)
        return outcomes

    def generation(self, name: str, interval: Interval = D1) -> Generation | None:
        """What is published of one output."""
        binding = self.environment.binding(f"t.{name}")
        return self.formats.reader(binding).published(binding, [interval]).get(interval)

    def made_by(self, interval: Interval = D1) -> list[str | None]:
        """For each output the stage id of what is published."""
        found = (self.generation(name, interval) for name in NAMES)
        return [None if generation is None else generation.stage_id for generation in found]

    def kept(self) -> list[RunRecord]:
        """The records in the state store."""
        return list(load_records(self.environment.state))

    def _stage(self, attempt: Attempt, output: Output, stage_id: str, v: int) -> Ready:
        build = attempt.build
        prepared = prepare_output(build.job, output, attempt.context)
        targets = tuple(target for target in build.targets if target.output == output)
        assert output.schema is not None
        files = [
            file
            for i in build.intervals
            for file in write_files(
                prepared.binding, stage_id, output, output.schema, i, [(i.first_day, v)], None
            )
        ]
        staged = Staged(
            output=output,
            binding=prepared.binding,
            targets=targets,
            run_id=attempt.run_id,
            stage_id=stage_id,
            directory=stage_directory(prepared.binding, stage_id),
            files=tuple(files),
        )
        return Ready(prepared=prepared, audited=reaudit_footers(staged, ()))


def delta(root: Path) -> World:
    """On Delta tables."""
    return World(root, Formats())


def parquet(root: Path) -> World:
    """On Parquet tables."""
    return World(root, Formats(), stored={"*": "parquet"})


def mixed(root: Path) -> World:
    """On Delta and Parquet tables."""
    stored: dict[str, Format] = {"*": "delta", "t.b": "parquet", "t.*__quarantine": "parquet"}
    return World(root, Formats(), stored=stored)


def memory(root: Path) -> World:
    """In memory."""
    tables = MemoryTables()
    return World(root, Formats(reader=lambda _: tables, publisher=lambda _: tables))
