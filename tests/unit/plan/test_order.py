"""Which runs of one plan may go side by side: only what nobody waits for."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from framework import Input, Job, Output, expect
from framework.errors import Where
from framework.interval import WHOLE, Interval, parse_interval
from framework.plan.order import find_order, is_ordered
from framework.plan.steps import Build, Plan, Unchanged
from framework.plan.windows import window_of
from framework.project.project import Project

DAYS = tuple(parse_interval("2013-01-01/2013-01-05").units())
SCHEMA = "day DATE NOT NULL, n INT"


def _job(name: str, **changed: object) -> Job:
    whole = Job(
        name=name,
        inputs={},
        outputs={"": Output(f"t.{name}", schema=SCHEMA, time="day", key=("day", "n"))},
        where=Where(file=f"jobs/{name}.py", line=1),
        interval="day",
        start="2013-01-01",
    )
    return replace(whole, **changed)  # type: ignore[arg-type]


LAND = _job("land")
CLEAN = _job("clean", inputs={"landed": Input("t.land", window="1 day")})
TOTAL = _job("total", inputs={"before": Input("t.total", window="previous")})
REPORT = _job(
    "report",
    inputs={"rows": Input("t.clean")},
    outputs={"": Output("t.report", schema=SCHEMA)},
    interval=None,
)
PROJECT = Project(
    root=Path("/project"), jobs={job.name: job for job in (LAND, CLEAN, TOTAL, REPORT)}, hashes={}
)


def _build(job: Job, *intervals: Interval) -> Build:
    span = replace(intervals[0], end=intervals[-1].end)
    windows = {name: window_of(PROJECT, declared, span) for name, declared in job.inputs.items()}
    return Build(
        job=job,
        intervals=intervals,
        interval=span,
        pins={},
        windows={name: window for name, window in windows.items() if window is not None},
        targets=(),
        parameters={},
        reasons=(),
    )


def _order(*steps: Build | Unchanged) -> list[set[int]]:
    return [set(waits) for waits in find_order(Plan(steps=steps), PROJECT)]


def test_intervals_of_a_job_and_jobs_that_share_nothing_wait_for_nobody() -> None:
    """Independent jobs, and days that read nothing of each other, may all begin at once."""
    alone = _job("alone")
    assert _order(*(_build(LAND, day) for day in DAYS), _build(alone, *DAYS)) == [set()] * 5


def test_a_day_waits_for_the_days_that_it_reads_and_for_no_others() -> None:
    """With a window of a day, each day waits for its own and the one before, in whatever batch they are."""
    steps = [_build(LAND, *DAYS[:2]), _build(LAND, *DAYS[2:]), *(_build(CLEAN, day) for day in DAYS)]
    assert _order(*steps)[2:] == [{0}, {0}, {0, 1}, {1}]


def test_a_whole_table_waits_for_all_intervals_of_what_it_reads() -> None:
    """A report over all days begins when the last of them has ended."""
    assert _order(*(_build(CLEAN, day) for day in DAYS), _build(REPORT, WHOLE))[-1] == {0, 1, 2, 3}


def test_what_is_current_holds_nobody_up() -> None:
    """An unchanged upstream is there already."""
    assert _order(Unchanged(job=LAND, intervals=DAYS), _build(CLEAN, DAYS[0])) == [set(), set()]


def test_running_totals_run_one_after_the_other() -> None:
    """Each day reads the day before of its own output, so it waits for that."""
    assert _order(*(_build(TOTAL, day) for day in DAYS)) == [set(), {0}, {1}, {2}]


@pytest.mark.parametrize(
    "change",
    [
        lambda output: {"mode": "merge"},
        lambda output: {"mode": "scd2"},
        lambda output: {"expectations": [expect.column_values_to_be_unique("n", scope="table")]},
        lambda output: {"expectations": [expect.table_row_count_change_to_be_between(0.5, 2)]},
    ],
    ids=["merge", "scd2", "table", "change"],
)
def test_intervals_that_depend_on_the_rest_of_the_table_keep_their_order(
    change: Callable[[Output], dict[str, object]],
) -> None:
    """Modes that build on earlier rows, and rules that look at them, run one interval at a time."""
    plain = LAND.outputs[""]
    output = Output("t.land", schema=SCHEMA, time="day", key=("day", "n"), **change(plain))  # type: ignore[arg-type]
    job = replace(LAND, outputs={"": output})
    assert is_ordered(job)
    assert not is_ordered(LAND)
    assert _order(*(_build(job, day) for day in DAYS)) == [set(), {0}, {1}, {2}]
