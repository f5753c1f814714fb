"""What `resume` plans again, and when it refuses."""

from dataclasses import replace
from pathlib import Path

import pytest

from framework import Job, Output
from framework.errors import MisconfiguredError, Where
from framework.interval import parse_interval
from framework.plan.resume import remaining
from framework.plan.steps import Request
from framework.project.project import Project

DAYS = tuple(parse_interval("2013-01-01/2013-01-05").units())
JOB = Job(
    name="land",
    inputs={},
    outputs={"": Output("t.land", schema="day DATE NOT NULL", time="day")},
    where=Where(file="jobs/land.py", line=1),
    interval="day",
    start="2013-01-01",
)
REQUEST = Request(intervals={"land": DAYS})


def _project(job: Job = JOB) -> Project:
    return Project(root=Path("/project"), jobs={job.name: job}, hashes={})


def test_all_is_planned_again_since_the_plan_finds_what_is_current() -> None:
    """What the runs have published is not believed: the tables say it, and a change since then counts."""
    assert remaining(REQUEST, _project(), {"land": DAYS[:2]}) == REQUEST


@pytest.mark.parametrize("forced", [True, False], ids=["--force", "always"])
def test_what_would_run_in_any_case_runs_once(forced: bool) -> None:
    """A forced request, or a job that always runs, is not begun anew by each resume."""
    job = JOB if forced else replace(JOB, rerun="always")
    left = remaining(replace(REQUEST, force=forced), _project(job), {"land": DAYS[:2]})
    assert left.intervals == {"land": DAYS[2:]}
    assert remaining(replace(REQUEST, force=forced), _project(job), {"land": DAYS}).intervals == {}


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (replace(JOB, name="other"), 'there is no job "land" any more'),
        (replace(JOB, interval="month"), "land had intervals of day in UTC"),
        (replace(JOB, timezone="Europe/Berlin"), "land had intervals of day in UTC"),
    ],
    ids=["gone", "grain", "zone"],
)
def test_a_job_that_is_another_now_is_refused_by_name(job: Job, message: str) -> None:
    """Intervals of another calendar, or of a job that is gone, cannot be planned."""
    with pytest.raises(MisconfiguredError, match=message):
        remaining(REQUEST, _project(job), {})


def test_a_parameter_that_is_gone_is_refused_by_name() -> None:
    """Its value would be dropped in silence."""
    asked = replace(REQUEST, parameters={"land": {"limit": 3}})
    with pytest.raises(MisconfiguredError, match='no parameter "limit"'):
        remaining(asked, _project(), {})
