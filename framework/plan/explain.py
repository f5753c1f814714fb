"""A plan in words, as data: what runs, why, for how much, reading what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import assert_never

from framework.generation import Pin
from framework.interval import Interval
from framework.plan.steps import Blocked, Build, Plan, Step, Unchanged
from framework.plan.windows import span_of


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One line of a plan. `action`: `will run`, `unchanged` or `blocked`."""

    job: str
    action: str
    reason: str
    intervals: tuple[Interval, ...]
    reads: tuple[str, ...] = ()
    hint: str | None = None

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
    lines = [_explain(step) for step in plan.steps]
    for _, group in groupby(lines, key=lambda e: (e.job, e.action, e.reason)):
        members = list(group)
        intervals = tuple(interval for member in members for interval in member.intervals)
        yield replace(members[-1], intervals=intervals)


def _explain(step: Step) -> Explanation:
    match step:
        case Unchanged():
            return Explanation(
                job=step.job.name, action="unchanged", reason="current", intervals=step.intervals
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
            )
        case _:
            assert_never(step)


def _reads(pins: Sequence[Pin]) -> tuple[str, ...]:
    return tuple(
        pin.dataset if pin.read_version is None else f"{pin.dataset}@{pin.read_version}" for pin in pins
    )
