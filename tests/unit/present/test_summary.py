"""The end of many runs, as a person reads it."""

from datetime import UTC, datetime, timedelta

from framework.contract.types import Job
from framework.errors import Where
from framework.interval import parse_interval
from framework.outcome import Outcome
from framework.plan.steps import Plan, Unchanged
from framework.present.summary import render_summary
from framework.record.merge import in_order_of
from framework.record.record import IntervalRecord, RunRecord

BEGUN = datetime(2013, 2, 8, tzinfo=UTC)
DAYS = tuple(parse_interval("2013-01-01/2013-01-04").units())


def _job(name: str) -> Job:
    return Job(name=name, inputs={}, outputs={}, where=Where(file=f"jobs/{name}.py", line=1))


def _record(number: int, *, job: str = "clean", started: float, ended: float) -> RunRecord:
    return RunRecord(
        run_id=f"R{number}",
        invocation="i",
        environment="local",
        job=job,
        interval=DAYS[number],
        outcome=Outcome.PUBLISHED,
        started=BEGUN + timedelta(seconds=started),
        ended=BEGUN + timedelta(seconds=ended),
        intervals=(IntervalRecord(interval=DAYS[number], outcome=Outcome.PUBLISHED, rows={"t.clean": 5}),),
    )


def test_time_that_two_runs_share_counts_once() -> None:
    """Side by side from 0 to 4 s and from 1 to 3, and alone from 10 to 12: six seconds of work."""
    runs = [
        _record(0, started=0, ended=4),
        _record(1, started=1, ended=3),
        _record(2, started=10, ended=12),
    ]
    told = render_summary(runs, seconds=12, data=".data/", spark_started=True)
    assert "clean   published   15 rows      6.0 s" in told


def test_runs_side_by_side_are_told_in_the_order_of_the_plan() -> None:
    """However they ended: jobs as planned, and the days of each by time."""
    plan = Plan(steps=tuple(Unchanged(job=_job(name), intervals=DAYS) for name in ("land", "clean")))
    ended = [
        _record(1, started=0, ended=1),
        _record(2, job="land", started=0, ended=1),
        _record(0, started=0, ended=1),
    ]
    assert [(record.job, record.run_id) for record in in_order_of(plan, ended)] == [
        ("land", "R2"),
        ("clean", "R0"),
        ("clean", "R1"),
    ]
