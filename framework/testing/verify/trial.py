"""One run of the job in a folder of its own, in this process, and what it would have published."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from framework.contract.quarantine import published_outputs
from framework.contract.types import Input, Job, Output
from framework.environment.environment import Environment
from framework.errors import Fault, MisconfiguredError
from framework.generation import Pin
from framework.outcome import Outcome
from framework.plan.steps import Build, Plan, Request
from framework.project.project import Project, datasets_of
from framework.record.ids import new_id
from framework.record.record import RunRecord
from framework.run.context import Context
from framework.run.events import EventName
from framework.run.guard import Guard
from framework.run.walk import walk
from framework.stage.function import Call, Caller, call_job
from framework.stage.undeclared import find_undeclared
from framework.tables.protocol import Reading
from framework.tables.readers import reader_of
from framework.testing.verify.arrangement import AS_IT_IS, Arrangement
from framework.testing.verify.scratch import build_scratch

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Event = tuple[EventName, str]
"""A step that a run told, with its detail: `("published", "small.good")`."""


@dataclass
class Told:
    """A reporter that remembers events, and says each to `listener`."""

    listener: Callable[[Event], None] | None = None
    events: list[Event] = field(default_factory=list)

    def event(self, name: EventName, job: str, detail: str = "") -> None:  # noqa: ARG002  # see Reporter
        """Remember it."""
        self.events.append((name, detail))
        if self.listener is not None:
            self.listener((name, detail))

    def working(self, job: str, detail: str) -> None:
        """Nothing."""

    def follow(self, spark: "SparkSession") -> None:
        """Nothing."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the job returned for one output: its analysed plan as JSON, and what it reads undeclared."""

    plan: str
    undeclared: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The end of one run: how each interval ended, what was read, what it told. `seen` by dataset."""

    outcomes: tuple[Outcome, ...]
    faults: tuple[Fault, ...]
    pins: tuple[Mapping[str, Pin], ...]
    events: tuple[Event, ...]
    seen: Mapping[str, Seen]

    @property
    def is_current(self) -> bool:
        """Whether every interval is published as this run would have it."""
        return all(outcome.is_current for outcome in self.outcomes)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What all trials of one job share: the project, the request, and the folder below which they lie."""

    project: Project
    environment: Environment
    job: Job
    request: Request
    folder: Path
    guard: Guard

    @property
    def spark(self) -> "SparkSession":
        """The session of all trials."""
        from pyspark.sql import SparkSession

        return SparkSession.active()

    def scratch(self, name: str) -> Environment:
        """The environment of the trial `name`."""
        return build_scratch(self.environment, self.job, self.folder / name)

    def run(
        self,
        name: str,
        arrangement: Arrangement = AS_IT_IS,
        *,
        listener: Callable[[Event], None] | None = None,
        look: bool = False,
    ) -> Trial:
        """Run the job in the folder `name`; `look`: at what its function returns, too."""
        told = Told(listener)
        seen: dict[str, Seen] = {}
        context = Context(
            project=self.project,
            environment=self.scratch(name),
            request=self.request,
            invocation=new_id(),
            reporter=told,
            guard=self.guard,
            caller=_caller(arrangement, seen if look else None),
        )
        plan = context.plan()
        _require_local(context.spark)
        with arrangement.set_up(context.spark):
            records = list(walk(plan, context))
        return Trial(
            outcomes=_outcomes(records),
            faults=tuple(dict.fromkeys(fault for record in records for fault in record.faults)),
            pins=_pins(plan, self.job),
            events=tuple(told.events),
            seen=seen,
        )

    def outputs(self) -> tuple[Output, ...]:
        """All that the job publishes, quarantined rows too."""
        return tuple(published_outputs(self.job).values())

    def rows(self, name: str, output: Output) -> "DataFrame":
        """The rows of an output that the trial `name` has published."""
        binding = self.scratch(name).binding(output.dataset)
        reader = reader_of(binding)
        reading = Reading(schema=output.schema)
        return reader.scan(self.spark, binding, reader.pin(binding, ()), Input(output.dataset), reading)


def _require_local(spark: "SparkSession") -> None:
    """Raise `MisconfiguredError` when tasks would write to the disks of other machines."""
    master = str(spark.sparkContext.master) if getattr(spark, "_jvm", None) is not None else "Spark Connect"
    if not master.startswith("local"):
        raise MisconfiguredError(
            f"a job is tried on this machine alone, and Spark's master is {master}",
            hint="Give --env an environment without spark.master; its inputs may be anywhere.",
        )


def _caller(arrangement: Arrangement, seen: dict[str, Seen] | None) -> Caller:
    def call(spark: "SparkSession", job: Job, given: Call) -> "dict[str, DataFrame]":
        arranged = {
            name: None if frame is None else arrangement.arrange(frame)
            for name, frame in given.inputs.items()
        }
        frames = call_job(spark, job, replace(given, inputs=arranged))
        if seen is not None:
            for name, output in job.outputs.items():
                seen.setdefault(output.dataset, _look(frames[name], given))
        return frames

    return call


def _look(frame: "DataFrame", given: Call) -> Seen:
    undeclared = find_undeclared([frame], given.inputs.values())
    return Seen(plan=str(frame._jdf.queryExecution().analyzed().toJSON()), undeclared=undeclared)  # noqa: SLF001


def _outcomes(records: list[RunRecord]) -> tuple[Outcome, ...]:
    return tuple(part.outcome for record in records for part in record.intervals)


def _pins(plan: Plan, job: Job) -> tuple[Mapping[str, Pin], ...]:
    """What was pinned of others' datasets; its own are another table in each trial."""
    own = datasets_of(job)
    foreign = [name for name, declared in job.inputs.items() if declared.dataset not in own]
    builds = [step for step in plan.steps if isinstance(step, Build)]
    return tuple({name: pins for name, pins in build.pins.items() if name in foreign} for build in builds)
