"""`status` tells of each interval how it ended itself, not how its batch did."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from framework.contract.types import Job, Output
from framework.environment.bindings import Bindings, DatasetRule
from framework.environment.environment import Environment
from framework.environment.location import Location
from framework.errors import Where
from framework.generation import Fingerprint, Generation
from framework.interval import Interval, parse_interval
from framework.outcome import Outcome
from framework.plan.steps import Build, Plan, Step, Target, Unchanged
from framework.present.status import build_status, build_status_document, render_status
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
    """The good day reads published, the bad one rejected; of the third there is no record."""
    job = Job(name="clean", inputs={}, outputs={}, where=Where(file=str(Path("jobs/a.py")), line=1))
    steps: tuple[Step, ...] = (Unchanged(job=job, intervals=DAYS),)
    lines = build_status(Plan(steps=steps), {"clean": [_record("R", Outcome.PUBLISHED, Outcome.REJECTED)]})
    assert [(str(line.interval), line.outcome) for line in lines] == [
        ("2013-01-01", Outcome.PUBLISHED),
        ("2013-01-02", Outcome.REJECTED),
        ("2013-01-03", None),
    ]
    assert "no record" in render_status(lines, "local")


def test_newest_run_of_an_interval_counts() -> None:
    """A later run of the same day takes the place of an earlier one."""
    job = Job(name="clean", inputs={}, outputs={}, where=Where(file="jobs/a.py", line=1))
    newest_first = [_record("B", Outcome.PUBLISHED), _record("A", Outcome.REJECTED)]
    (line,) = build_status(Plan(steps=(Unchanged(job=job, intervals=DAYS[:1]),)), {"clean": newest_first})
    assert line.outcome is Outcome.PUBLISHED
    assert line.last is not None
    assert line.last.run_id == "B"


def test_gaps_and_stale_intervals_are_told_apart(environment: Environment) -> None:
    """Never published before what is there: a gap, with the command that fills it; older code: stale."""
    output = Output("t.clean", schema="day DATE NOT NULL", time="day")
    job = Job(name="clean", inputs={}, outputs={"": output}, where=Where(file="jobs/a.py", line=1))

    def step(day: Interval, *, published: bool) -> Build:
        now = Fingerprint(code="b", contract="", checks="", parameters="", inputs="")
        then = replace(now, code="a")
        generation = Generation(
            dataset="t.clean",
            interval=day,
            number=1,
            fingerprint=then.value,
            files=1,
            live=1,
            table_id="t",
            parts=then,
        )
        target = Target(
            output=output,
            binding=environment.binding("t.clean"),
            interval=day,
            expected=generation if published else None,
            fingerprint=now,
        )
        return Build(
            job=job,
            intervals=(day,),
            interval=day,
            pins={},
            windows={},
            targets=(target,),
            parameters={},
            reasons=(),
        )

    steps = (step(DAYS[0], published=False), step(DAYS[1], published=True), step(DAYS[2], published=False))
    lines = build_status(Plan(steps=steps), {})
    assert [line.state for line in lines] == ["gap", "stale", "missing"]
    told = render_status(lines, "local")
    assert "gap: never published" in told
    assert "stale: code changed" in told
    assert "sparkjob backfill clean --missing --interval 2013-01-01" in told
    assert [entry["state"] for entry in build_status_document(lines)] == ["gap", "stale", "missing"]


def test_a_year_of_nights_is_one_line() -> None:
    """Neighbours that were published by runs of their own are told together, with the newest run."""
    job = Job(name="clean", inputs={}, outputs={}, where=Where(file="jobs/a.py", line=1))
    runs = [
        replace(
            _record(f"R{number}", Outcome.PUBLISHED),
            intervals=(IntervalRecord(interval=day, outcome=Outcome.PUBLISHED),),
        )
        for number, day in enumerate(DAYS)
    ]
    (line,) = build_status(Plan(steps=(Unchanged(job=job, intervals=DAYS),)), {"clean": runs[::-1]})
    assert line.last is not None
    assert (str(line.interval), line.last.run_id) == ("2013-01-01/2013-01-04", "R2")


@pytest.fixture
def environment() -> Environment:
    """Everything in memory."""
    lake = {"lake": Location(uri="memory://lake")}
    rule = DatasetRule(pattern="*", format="delta", location="{lake}/{dataset}")
    return Environment(
        name="local",
        project="test",
        stores={},
        state=Location(uri="memory://state"),
        bindings=Bindings([rule], stores=lake),
    )
