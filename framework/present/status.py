"""The last run of every job beside what a plan says of it now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from framework.interval import Interval
from framework.outcome import Outcome
from framework.plan.explain import explain
from framework.plan.steps import Plan
from framework.present.table import count, render_table
from framework.record.record import RunRecord


@dataclass(frozen=True, kw_only=True)
class StatusLine:
    """One stretch of intervals of a job that share an end. `state`: `current`, `will run`, `blocked`."""

    job: str
    interval: Interval
    state: str
    reason: str
    last: RunRecord | None

    @property
    def is_fine(self) -> bool:
        """Whether readers see what the job would make now."""
        return self.state == "unchanged"


def build_status(plan: Plan, last: Mapping[str, Sequence[RunRecord]]) -> list[StatusLine]:
    """`last`: records by job, the newest first."""
    return [
        StatusLine(
            job=line.job,
            interval=line.span,
            state=line.action,
            reason=line.reason,
            last=next((r for r in last.get(line.job, ()) if r.interval.overlaps(line.span)), None),
        )
        for line in explain(plan)
    ]


def render_status(lines: Sequence[StatusLine]) -> str:
    """What is not fine first, a line each; the rest with its last run."""
    rows = [["job", "interval", "last run", "outcome", ""]]
    rows += [[line.job, str(line.interval), _run(line.last), _outcome(line), _note(line)] for line in lines]
    fine = sum(line.is_fine for line in lines)
    bad = next((line.last for line in lines if line.last and line.last.outcome.exit_code), None)
    closing = f"{fine} of {count(len(lines), 'line')} current"
    if bad is not None:
        closing += f" · sparkjob show {bad.run_id}"
    elif fine < len(lines):
        closing += " · sparkjob plan"
    return f"{render_table(rows)}\n{closing}"


def build_status_document(lines: Sequence[StatusLine]) -> list[dict[str, object]]:
    """The lines for `--json`."""
    return [
        {
            "job": line.job,
            "interval": line.interval.key,
            "state": "current" if line.is_fine else line.state,
            "reason": line.reason,
            "run_id": line.last.run_id if line.last else None,
            "outcome": line.last.outcome.value if line.last else None,
            "ended": line.last.ended.isoformat() if line.last else None,
        }
        for line in lines
    ]


def _run(record: RunRecord | None) -> str:
    return "never" if record is None else f"{record.ended:%m-%d %H:%M} · {record.run_id}"


def _outcome(line: StatusLine) -> str:
    if line.last is None:
        return "not run"
    failed = {str(verdict.expectation) for verdict in line.last.verdicts if verdict.stops}
    checks = f"   {count(len(failed), 'check')}" if failed else ""
    return f"{line.last.outcome.value}{checks}"


def _note(line: StatusLine) -> str:
    if line.is_fine:
        return "current" if line.last is None or line.last.outcome is not Outcome.PUBLISHED else ""
    return line.reason
