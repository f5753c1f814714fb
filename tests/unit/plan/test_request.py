"""What is asked for, from texts to intervals."""

from pathlib import Path

import pytest

from framework.contract.types import Input, Job, Output
from framework.errors import MisconfiguredError, Where
from framework.interval import WHOLE
from framework.plan.request import build_request
from framework.project.project import Project

WHERE = Where(file="jobs/a.py", line=1)


def _project(**options: str) -> Project:
    outputs = {"": Output("a.whole", schema="n INT")}
    whole = Job(name="whole", inputs={"a": Input("source.a")}, outputs=outputs, where=WHERE)
    outputs = {"": Output("a.daily", schema="at TIMESTAMP", time="at")}
    daily = Job(
        name="daily",
        inputs={"a": Input("source.a")},
        outputs=outputs,
        where=WHERE,
        start="2013-01-01",
        **options,
    )
    return Project(root=Path("/project"), jobs={"whole": whole, "daily": daily}, hashes={})


@pytest.mark.parametrize("names", [["whole"], ["daily"], ["daily", "whole"]])
@pytest.mark.parametrize("text", ["garbage", "2013-13", "2013-01-08/2013-01-01", ""])
def test_a_text_that_is_no_interval_is_refused_whoever_is_asked(names: list[str], text: str) -> None:
    """A mistake in --interval is never passed over, also where each job makes its whole table."""
    with pytest.raises(MisconfiguredError, match=r"is no interval|is empty"):
        build_request(_project(interval="day"), names, interval=text)


def test_an_interval_of_others_does_not_stop_a_whole_table() -> None:
    """One command may give an interval for all that it selects."""
    asked = build_request(_project(interval="day"), ["whole", "daily"], interval="2013-01-02")
    assert asked.intervals["whole"] == (WHOLE,)
    assert [unit.label for unit in asked.intervals["daily"]] == ["2013-01-02"]


def test_a_range_is_read_in_the_zone_of_the_jobs_that_take_it() -> None:
    """Where one end says its offset and the other does not, only the job's zone tells their order."""
    project = _project(interval="hour", timezone="America/New_York")
    text = "2013-01-03T05:00Z/2013-01-03T02:00"
    assert len(build_request(project, ["whole", "daily"], interval=text).intervals["daily"]) == 2
