"""The last run of every job beside what a plan says of it now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from framework.interval import Interval
from framework.outcome import Outcome
from framework.plan.explain import explain
from framework.plan.steps import Plan
from framework.plan.windows import span_of
from framework.present.findings import render_counts
from framework.present.table import count, render_table
from framework.record.record import RunRecord


@dataclass(frozen=True, kw_only=True)
class StatusLine:
    """Neighbouring intervals of a job with one last run and one state.

    `state`: `unchanged`, `will run` or `blocked`, as a plan says it. `outcome`: how these very
    intervals ended in `last`, the newest run that had them; None when none had.
    """

    job: str
    interval: Interval
    state: str
    reason: str
    last: RunRecord | None
    outcome: Outcome | None

    @property
    def is_fine(self) -> bool:
        """Whether readers see what the job would make now."""
        return self.state == "unchanged"


def build_status(plan: Plan, last: Mapping[str, Sequence[RunRecord]]) -> list[StatusLine]:
    """`last`: records by job, the newest first."""
    return [
        StatusLine(
            job=line.job,
            interval=span_of(intervals),
            state=line.action,
            reason=line.reason,
            last=record,
            outcome=outcome,
        )
        for line in explain(plan)
        for (record, outcome), intervals in _by_last_run(line.intervals, last.get(line.job, ()))
    ]


def _by_last_run(
    intervals: Sequence[Interval], records: Sequence[RunRecord]
) -> Iterator[tuple[tuple[RunRecord | None, Outcome | None], tuple[Interval, ...]]]:
    ends: dict[Interval, tuple[RunRecord, Outcome]] = {}
    for record in records:
        for part in record.intervals:
            ends.setdefault(part.interval, (record, part.outcome))
    for end, group in groupby(intervals, key=lambda interval: ends.get(interval, (None, None))):
        yield end, tuple(group)


def render_status(lines: Sequence[StatusLine]) -> str:
    """What is not fine first, a line each; the rest with its last run."""
    rows = [["job", "interval", "last run", "outcome", ""]]
    rows += [[line.job, str(line.interval), _run(line.last), _outcome(line), _note(line)] for line in lines]
    fine = sum(line.is_fine for line in lines)
    bad = next((line.last for line in lines if line.last and line.outcome and line.outcome.exit_code), None)
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
            "outcome": line.outcome.value if line.outcome else None,
            "ended": line.last.ended.isoformat() if line.last else None,
        }
        for line in lines
    ]


def _run(record: RunRecord | None) -> str:
    return "never" if record is None else f"{record.ended:%m-%d %H:%M} · {record.run_id}"


def _outcome(line: StatusLine) -> str:
    if line.last is None or line.outcome is None:
        return "not run"
    seen = [verdict for verdict in line.last.verdicts if verdict.interval.overlaps(line.interval)]
    stopped = any(verdict.stops for verdict in seen)
    return f"{line.outcome.value}   {render_counts(seen)}" if stopped else line.outcome.value


def _note(line: StatusLine) -> str:
    if line.is_fine:
        return "current" if line.last is None or line.outcome is not Outcome.PUBLISHED else ""
    return line.reason
