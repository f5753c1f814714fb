"""`status` tells of each interval how it ended itself, not how its batch did."""

from datetime import UTC, datetime
from pathlib import Path

from framework.contract.types import Job
from framework.errors import Where
from framework.interval import parse_interval
from framework.outcome import Outcome
from framework.plan.steps import Plan, Step, Unchanged
from framework.present.status import build_status, render_status
from framework.record.record import IntervalRecord, RunRecord

DAYS = tuple(parse_interval("2013-01-01/2013-01-04").units())


def _record(run_id: str, *outcomes: Outcome) -> RunRecord:
    moment = datetime(2013, 2, 8, tzinfo=UTC)
    parts = tuple(
        IntervalRecord(interval=d, outcome=o) for d, o in zip(DAYS[: len(outcomes)], outcomes, strict=True)
    )
    return RunRecord(
        run_id=run_id,
        invocation="i",
        environment="local",
        job="clean",
        interval=DAYS[0],
        outcome=Outcome.REJECTED,
        started=moment,
        ended=moment,
        intervals=parts,
    )


def test_day_of_a_rejected_batch_that_was_published_is_told_so() -> None:
    """The good day reads published, the bad one rejected, the untouched one not run."""
    job = Job(name="clean", inputs={}, outputs={}, where=Where(file=str(Path("jobs/a.py")), line=1))
    steps: tuple[Step, ...] = (Unchanged(job=job, intervals=DAYS),)
    lines = build_status(Plan(steps=steps), {"clean": [_record("R", Outcome.PUBLISHED, Outcome.REJECTED)]})
    assert [(str(line.interval), line.outcome) for line in lines] == [
        ("2013-01-01", Outcome.PUBLISHED),
        ("2013-01-02", Outcome.REJECTED),
        ("2013-01-03", None),
    ]
    assert "not run" in render_status(lines)


def test_newest_run_of_an_interval_counts() -> None:
    """A later run of the same day takes the place of an earlier one."""
    job = Job(name="clean", inputs={}, outputs={}, where=Where(file="jobs/a.py", line=1))
    newest_first = [_record("B", Outcome.PUBLISHED), _record("A", Outcome.REJECTED)]
    (line,) = build_status(Plan(steps=(Unchanged(job=job, intervals=DAYS[:1]),)), {"clean": newest_first})
    assert line.outcome is Outcome.PUBLISHED
    assert line.last is not None
    assert line.last.run_id == "B"
