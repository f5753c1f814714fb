"""A plan in words, as data: what runs, why, for how much, reading what."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import assert_never

from framework.generation import Pin
from framework.interval import Interval
from framework.plan.reasons import find_reasons
from framework.plan.steps import Blocked, Build, Plan, Step, Target, Unchanged
from framework.plan.windows import span_of

CURRENT = "current"
"""Why nothing is done where a run has made what is published; where a rollback has, it is told."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One line of a plan. `action`: `will run`, `unchanged` or `blocked`.

    `is_missing`: all of these intervals lack an output that was never published for them.
    """

    job: str
    action: str
    reason: str
    intervals: tuple[Interval, ...]
    reads: tuple[str, ...] = ()
    hint: str | None = None
    is_missing: bool = False

    @property
    def extent(self) -> str:
        """`whole table`, `2013-01-03`, or `31 intervals 2013-01-01/2013-02-01`."""
        number = len(self.intervals)
        return str(self.span) if number == 1 else f"{number} intervals {self.span}"

    @property
    def span(self) -> Interval:
        """From the first interval's start to the last's end."""
        return span_of(self.intervals)


def explain(plan: Plan) -> Iterator[Explanation]:
    """Explain `plan`, neighbouring steps of a job with the same reason as one line."""
    return _join(_explain(step) for step in plan.steps)


def explain_units(plan: Plan) -> Iterator[Explanation]:
    """`explain`, but of a batch each interval with its own reason."""
    return _join(_explain(part) for step in plan.steps for part in _units(step))


def _units(step: Step) -> Iterator[Step]:
    if not isinstance(step, Build):
        yield step
        return
    by_interval: dict[Interval, list[Target]] = {}
    for target in step.targets:
        by_interval.setdefault(target.interval, []).append(target)
    for interval in step.intervals:
        targets = tuple(by_interval.get(interval, ()))
        forced = any(reason.kind == "forced" for reason in step.reasons)
        reasons = step.reasons if step.waits_for else find_reasons(step.job, targets, force=forced)
        yield replace(step, intervals=(interval,), interval=interval, targets=targets, reasons=reasons)


def _join(lines: Iterable[Explanation]) -> Iterator[Explanation]:
    for _, group in groupby(lines, key=lambda e: (e.job, e.action, e.reason, e.is_missing)):
        members = list(group)
        intervals = tuple(interval for member in members for interval in member.intervals)
        yield replace(members[-1], intervals=intervals)


def _explain(step: Step) -> Explanation:
    match step:
        case Unchanged():
            return Explanation(
                job=step.job.name, action="unchanged", reason=_why_unchanged(step), intervals=step.intervals
            )
        case Blocked():
            return Explanation(
                job=step.job.name,
                action="blocked",
                reason=step.reason,
                intervals=step.intervals,
                hint=step.hint,
            )
        case Build():
            return Explanation(
                job=step.job.name,
                action="will run",
                reason="; ".join(reason.text for reason in step.reasons),
                intervals=step.intervals,
                reads=() if step.waits_for else _reads(tuple(step.pins.values())),
                is_missing={t.interval for t in step.targets if t.expected is None} == set(step.intervals),
            )
        case _:
            assert_never(step)


def _why_unchanged(step: Unchanged) -> str:
    if not step.held:
        return CURRENT
    brought_back = ", ".join(f"{dataset} has the rows of #{number}" for dataset, number in step.held.items())
    return f"rolled back: {brought_back}"


def _reads(pins: Sequence[Pin]) -> tuple[str, ...]:
    return tuple(map(_read, pins))


def _read(pin: Pin) -> str:
    version = "" if pin.read_version is None else f"@{pin.read_version}"
    owner = "" if pin.borrowed_from is None else f" of {pin.borrowed_from}"
    return f"{pin.dataset}{version}{owner}"
