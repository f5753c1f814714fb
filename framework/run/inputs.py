"""Stops a build whose inputs break their rules, and only the intervals that would read the bad ones."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from framework.audit.inputs import audit_inputs
from framework.checks.verdict import Verdict
from framework.environment.commands import in_environment
from framework.errors import FailedError, Fault, RejectedError
from framework.interval import Interval
from framework.plan.windows import window_of
from framework.present.findings import Finding, collect_findings, render_amount, render_when
from framework.run.attempt import Attempt, read_version

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class InputRejectedError(RejectedError):
    """Inputs broke critical rules: these intervals of the build may not be made of them."""

    def __init__(self, faults: list[Fault], intervals: tuple[Interval, ...]) -> None:
        self.intervals = intervals
        super().__init__(faults)


def looking_at_inputs(attempt: Attempt) -> "Callable[[Mapping[str, DataFrame | None]], None]":
    """Audits the inputs of the attempt and keeps the verdicts.

    What it gives raises `InputRejectedError` when a critical rule is broken, and `FailedError` when
    one could not be computed.
    """

    def look(frames: "Mapping[str, DataFrame | None]") -> None:
        context = attempt.context
        verdicts = audit_inputs(
            frames, attempt.build, context.project, context.environment, now=attempt.started
        )
        attempt.verdicts += verdicts
        stopping = [verdict for verdict in verdicts if verdict.stops]
        if not stopping:
            return
        faults = [_fault(finding, attempt) for finding in collect_findings(stopping)]
        if any(verdict.state == "unknown" for verdict in stopping):
            raise FailedError(faults)
        raise InputRejectedError(faults, _readers(stopping, attempt))

    return look


def _readers(verdicts: list[Verdict], attempt: Attempt) -> tuple[Interval, ...]:
    """The intervals of the build whose windows reach into what broke a rule."""
    build, project = attempt.build, attempt.context.project
    bad: dict[str, list[Interval]] = {}
    for verdict in verdicts:
        bad.setdefault(verdict.dataset, []).append(verdict.interval)

    def reads_bad(interval: Interval) -> bool:
        for declared in build.job.inputs.values():
            window = window_of(project, declared, interval)
            if window is not None and any(map(window.overlaps, bad.get(declared.dataset, ()))):
                return True
        return False

    return tuple(filter(reads_bad, build.intervals))


def _fault(finding: Finding, attempt: Attempt) -> Fault:
    build, verdict = attempt.build, finding.first
    name, declared = next(
        (name, declared)
        for name, declared in build.job.inputs.items()
        if declared.dataset == verdict.dataset and verdict.expectation in declared.expectations
    )
    owner = attempt.context.project.owner_of(verdict.dataset)
    version = read_version(build.pins[name])
    read = f"{verdict.dataset}{version}" if version.startswith("@") else f"{verdict.dataset} ({version})"
    made = "a source" if owner is None else f"made by {owner.name}"
    broken = f"{finding.rule}  {render_amount(finding)}   {render_when(finding)}"
    again = build.job.name if owner is None else owner.name
    there = in_environment(attempt.context.environment.name)
    return Fault(
        what=f'input "{name}", {read}, {made}: {broken}',
        where=verdict.expectation.where or declared.where,
        hint=f"Nothing was staged of it; sparkjob run {again}+{there} after the fix.",
    )
