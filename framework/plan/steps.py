"""The plan is a list of frozen steps: `plan.explain` prints them, `run.walk` executes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from framework.contract.types import Job, Output, Scalar
from framework.environment.environment import Binding
from framework.generation import Fingerprint, Generation, Pin
from framework.interval import Interval
from framework.outcome import Outcome

ReasonKind = Literal[
    "never_published",
    "code",
    "contract",
    "checks",
    "parameters",
    "inputs",
    "input_will_change",
    "input_unknown",
    "files_changed",
    "fingerprint",
    "forced",
    "rerun_always",
]


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a step is in the plan: a closed kind and the words that a person reads."""

    kind: ReasonKind
    text: str


Only = Literal["missing", "stale"]
"""Of the intervals that are asked for only those that were never published, or only the others."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked for: the jobs, each with the unit intervals it takes, and the parameters.

    `left_out`: selected jobs of which nothing is asked, with the reason. `only`: see `Only`; what is
    published and current is then no work all the same.
    """

    intervals: Mapping[str, tuple[Interval, ...]]
    parameters: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    force: bool = False
    left_out: Mapping[str, str] = field(default_factory=dict)
    only: Only | None = None


@dataclass(frozen=True, kw_only=True)
class Target:
    """One (output, unit interval) to publish, and the generation that it must replace.

    `restored`: the number of the earlier generation whose rows it brings back, in a rollback.
    """

    output: Output
    binding: Binding
    interval: Interval
    expected: Generation | None
    fingerprint: Fingerprint
    restored: int | None = None


@dataclass(frozen=True, kw_only=True)
class Unchanged:
    """These intervals of the job are current: nothing is done for them.

    `generations`: the numbers that are current, by interval and dataset. `held`: of those that a
    rollback made, the numbers of the generations whose rows they have.
    """

    job: Job
    intervals: tuple[Interval, ...]
    generations: Mapping[Interval, Mapping[str, int]] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Build:
    """One call of the job's function, for neighbouring intervals, and what it must replace.

    `interval` spans `intervals`. `pins` are by input name. When `waits_for` names jobs of this
    plan, pins and targets are those of now and are taken again once those jobs are done.
    """

    job: Job
    intervals: tuple[Interval, ...]
    interval: Interval
    pins: Mapping[str, Pin]
    windows: Mapping[str, Interval]
    targets: tuple[Target, ...]
    parameters: Mapping[str, Scalar]
    reasons: tuple[Reason, ...]
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """These intervals cannot be built.

    `outcome`: RETRY when an input is not there (the reason names who makes it), BLOCKED when a
    job of this very run did not finish. `hint`: what to do about it.
    """

    job: Job
    intervals: tuple[Interval, ...]
    reason: str
    outcome: Outcome
    hint: str | None = None


Step = Unchanged | Build | Blocked


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Steps in dependency order; a job may have several."""

    steps: tuple[Step, ...]

    @property
    def intervals(self) -> Mapping[str, tuple[Interval, ...]]:
        """The unit intervals of its steps by job, oldest first."""
        found: dict[str, list[Interval]] = {}
        for step in self.steps:
            found.setdefault(step.job.name, []).extend(step.intervals)
        return {name: tuple(intervals) for name, intervals in found.items()}

    @property
    def is_idle(self) -> bool:
        """Whether nothing is to be built, so that Spark need not start."""
        return not any(isinstance(step, Build) for step in self.steps)
