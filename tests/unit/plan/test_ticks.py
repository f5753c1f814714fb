"""What the tick of a schedule asks for."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from framework.contract.types import Input, Job, Output
from framework.environment.environment import Schedule
from framework.errors import MisconfiguredError, Where
from framework.plan.request import build_request, merge_requests
from framework.plan.steps import Request
from framework.plan.ticks import parse_tick
from framework.project.project import Project

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
SCHEDULES = {
    name: Schedule(name=name, cron=cron, timezone="UTC", select=("*",))
    for name, cron in {
        "nightly": "30 2 * * *",
        "hourly": "5 * * * *",
        "weekly": "0 3 * * MON",
        "after": None,
    }.items()
}


def _job(name: str, grain: str | None, zone: str) -> Job:
    time = None if grain is None else "at"
    return Job(
        name=name,
        inputs={"a": Input("source.a")},
        outputs={"": Output(f"a.{name}", schema="at TIMESTAMP", time=time)},
        where=Where(file="jobs/a.py", line=1),
        interval=grain,
        start=None if grain is None else "2024-01-01",
        timezone=zone,
    )


def _asked(tick: str, *, zone: str = "UTC") -> Request:
    grains = {"hours": "hour", "days": "day", "months": "month", "whole": None}
    jobs = {name: _job(name, grain, zone) for name, grain in grains.items()}
    project = Project(root=Path("/project"), jobs=jobs, hashes={})
    return build_request(project, list(jobs), interval=parse_tick(tick, SCHEDULES, now=NOW))


def _labels(request: Request, job: str) -> list[str]:
    return [unit.label for unit in request.intervals.get(job, ())]


def test_a_night_asks_for_the_day_before() -> None:
    """The units that ended since the tick before: the day, its 24 hours, the table, and of months none."""
    asked = _asked("nightly@2024-01-05T02:30:00Z")
    assert _labels(asked, "days") == ["2024-01-04"]
    assert _labels(asked, "hours")[:: len(asked.intervals["hours"]) - 1] == [
        "2024-01-04T0200Z",
        "2024-01-05T0100Z",
    ]
    assert _labels(asked, "whole") == ["whole"]
    assert asked.left_out == {
        "months": "no month since 2024-01-01 ended between 2024-01-04T02:30:00Z and 2024-01-05T02:30:00Z"
    }


def test_the_first_night_of_a_month_asks_for_the_month() -> None:
    """A job of another grain in the same schedule has its turn when its own unit has ended."""
    assert _labels(_asked("nightly@2024-02-01T02:30:00Z"), "months") == ["2024-01"]


def test_a_week_asks_for_seven_days() -> None:
    """A schedule that is rarer than a job's units asks for all of them."""
    assert _labels(_asked("weekly@2024-01-15T03:00:00+00:00"), "days") == [
        f"2024-01-{d:02}" for d in range(8, 15)
    ]


def test_days_are_those_of_the_job() -> None:
    """The schedule's zone says when, the job's zone what a day is, over a change of clocks too."""
    for day in range(2, 30):
        asked = _asked(f"nightly@2024-03-{day:02}T02:30:00Z", zone="America/New_York")
        assert _labels(asked, "days") == [f"2024-{'02-29' if day == 2 else f'03-{day - 2:02}'}"]


@pytest.mark.parametrize("minute", [30, 31, 59])
def test_who_comes_late_asks_for_no_unit_less(minute: int) -> None:
    """A scheduler that starts a while after the tick, or says only `now`, asks for the same days."""
    late = _asked(f"nightly@2024-01-05T02:{minute}:00Z")
    assert _labels(late, "days")[-1] == "2024-01-04"
    assert _labels(_asked("nightly@now"), "days")[-1] == "2024-04-30"


def test_nothing_before_a_job_s_start() -> None:
    """Ticks before it ask for nothing, and that is no fault."""
    asked = _asked("nightly@2023-05-05T02:30:00Z")
    assert set(asked.intervals) == {"whole"}
    assert set(asked.left_out) == {"hours", "days", "months"}


def test_several_ticks_are_one_request() -> None:
    """A run that several runs triggered has the units of all of them, each once."""
    first, second = _asked("nightly@2024-01-05T02:30:00Z"), _asked("weekly@2024-01-08T03:00:00Z")
    merged = merge_requests([first, second])
    assert _labels(merged, "days") == [f"2024-01-0{d}" for d in range(1, 8)]
    assert "months" in merged.left_out


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("nigthly@now", "there is no schedule"),
        ("nightly@", "names no time"),
        ("nightly@2024-01-05T02:30", "names no time"),
        ("nightly@yesterday", "names no time"),
        ("after@now", "has no times of its own"),
    ],
)
def test_what_is_no_tick_is_refused(text: str, wrong: str) -> None:
    """A schedule that is not there, and a time without its offset, are mistakes of the caller."""
    with pytest.raises(MisconfiguredError, match=wrong):
        parse_tick(text, SCHEDULES, now=NOW)
