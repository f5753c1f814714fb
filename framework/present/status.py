"""The last run of every job beside what a plan says of it now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from framework.environment.commands import in_environment
from framework.interval import Interval
from framework.outcome import Outcome
from framework.plan.explain import CURRENT, Explanation, explain_units
from framework.plan.steps import Plan
from framework.plan.windows import span_of
from framework.present.findings import render_counts
from framework.present.table import count, render_table
from framework.record.record import RunRecord

State = Literal["current", "gap", "missing", "stale", "blocked"]
"""`gap`: never published, though a later interval was; `missing`: never published, and none after it.
`stale`: published, but by older code or of older inputs."""


@dataclass(frozen=True, kw_only=True)
class StatusLine:
    """Neighbouring intervals of a job with one last run and one state.

    `state`: see `State`. `outcome`: how these very intervals ended in `last`, the newest run that
    had them; None when none had.
    """

    job: str
    interval: Interval
    state: State
    reason: str
    last: RunRecord | None
    outcome: Outcome | None

    @property
    def is_fine(self) -> bool:
        """Whether readers see what the job would make now."""
        return self.state == "current"


def build_status(plan: Plan, last: Mapping[str, Sequence[RunRecord]]) -> list[StatusLine]:
    """`last`: records by job, the newest first."""
    explained = list(explain_units(plan))
    published: dict[str, datetime] = {}
    for line in explained:
        if line.action != "blocked" and not line.is_missing:
            published[line.job] = line.span.end
    return [
        StatusLine(
            job=line.job,
            interval=span_of(intervals),
            state=_state(line, published.get(line.job)),
            reason=line.reason,
            last=record,
            outcome=outcome,
        )
        for line in explained
        for (record, outcome), intervals in _by_last_run(line.intervals, last.get(line.job, ()))
    ]


def _state(line: Explanation, published: datetime | None) -> State:
    """`published`: until when there is something in the job's outputs."""
    if line.action == "unchanged":
        return "current"
    if line.action == "blocked":
        return "blocked"
    if not line.is_missing:
        return "stale"
    return "gap" if published is not None and line.span.end <= published else "missing"


def _by_last_run(
    intervals: Sequence[Interval], records: Sequence[RunRecord]
) -> Iterator[tuple[tuple[RunRecord | None, Outcome | None], tuple[Interval, ...]]]:
    ends: dict[Interval, tuple[RunRecord, Outcome]] = {}
    for record in records:
        for part in record.intervals:
            ends.setdefault(part.interval, (record, part.outcome))
    for (_, outcome), group in groupby(intervals, key=lambda interval: _told_apart(ends.get(interval))):
        members = tuple(group)
        last = ends.get(members[-1])
        yield (last[0] if last else None, outcome), members


def _told_apart(end: tuple[RunRecord, Outcome] | None) -> tuple[RunRecord | None, Outcome | None]:
    """Neighbours that ended well are one line, whichever runs made them: a year of nights is no table."""
    if end is None:
        return None, None
    record, outcome = end
    return (None if outcome is Outcome.PUBLISHED else record), outcome


def render_status(lines: Sequence[StatusLine], environment: str) -> str:
    """What is not fine first, a line each; the rest with its last run; then what to do next."""
    rows = [["job", "interval", "last run", "outcome", ""]]
    rows += [[line.job, str(line.interval), _run(line), _outcome(line), _note(line)] for line in lines]
    fine = sum(line.is_fine for line in lines)
    bad = next((line.last for line in lines if line.last and line.outcome and line.outcome.exit_code), None)
    closing = f"{fine} of {count(len(lines), 'line')} current"
    if bad is not None:
        closing += f" · sparkjob show {bad.run_id}{in_environment(environment)}"
    elif fine < len(lines):
        closing += f" · {_next(lines)}{in_environment(environment)}"
    return f"{render_table(rows)}\n{closing}"


def build_status_document(lines: Sequence[StatusLine]) -> list[dict[str, object]]:
    """The lines for `--json`."""
    return [
        {
            "job": line.job,
            "interval": line.interval.key,
            "state": line.state,
            "reason": line.reason,
            "run_id": line.last.run_id if line.last else None,
            "outcome": line.outcome.value if line.outcome else None,
            "ended": line.last.ended.isoformat() if line.last else None,
        }
        for line in lines
    ]


def _next(lines: Sequence[StatusLine]) -> str:
    gap = next((line for line in lines if line.state == "gap"), None)
    if gap is None:
        return "sparkjob plan"
    return f"sparkjob backfill {gap.job} --missing --interval {gap.interval}"


def _run(line: StatusLine) -> str:
    if line.last is not None:
        return f"{line.last.ended:%m-%d %H:%M} · {line.last.run_id}"
    # Only the last records of a job are looked at, and one may be lost; the table knows better.
    return "never" if line.state in ("gap", "missing", "blocked") else "no record"


def _outcome(line: StatusLine) -> str:
    if line.last is None or line.outcome is None:
        return "not run" if _run(line) == "never" else ""
    seen = [verdict for verdict in line.last.verdicts if verdict.interval.overlaps(line.interval)]
    stopped = any(verdict.stops for verdict in seen)
    return f"{line.outcome.value}   {render_counts(seen)}" if stopped else line.outcome.value


def _note(line: StatusLine) -> str:
    if line.is_fine and line.reason == CURRENT:
        return "current" if line.last is None or line.outcome is not Outcome.PUBLISHED else ""
    return f"{line.state}: {line.reason}" if line.state in ("gap", "stale") else line.reason
