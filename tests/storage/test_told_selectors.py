"""`state:changed` and `result:OUTCOME`: selectors by what is published, and by how the last run ended."""

from pathlib import Path

import pytest

from framework.outcome import Outcome
from tests.storage.lake import D2, Lake, make_lake

CHANGED = ("state:changed",)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """`split` is published, for two days; `total` is not."""
    lake = make_lake(tmp_path)
    lake.run(1)
    return lake


def test_what_was_never_published_or_is_made_otherwise_is_changed(lake: Lake) -> None:
    """Code, checks and parameters count, of the newest interval; other input rows are no change of a job."""
    assert lake.workspace.select(CHANGED) == ("total",)
    assert lake.workspace.select(("state:changed", "split")) == ("split", "total")
    lake.project.write_readings(3)
    assert lake.workspace.select(CHANGED) == ("total",)
    lake.edit("jobs/split.py", 'F.col("v") + add', 'F.col("v") + 2 * add')
    assert lake.workspace.select(CHANGED) == ("split", "total")
    lake.run(1)
    assert lake.workspace.select(CHANGED) == ("total",)
    assert "split" not in lake.call("plan", "state:changed").out
    lake.edit("jobs/split.py", "add: int = 0", "add: int = 1")
    assert lake.workspace.select(CHANGED) == ("split", "total")


def test_jobs_are_selected_by_how_their_last_run_ended(lake: Lake) -> None:
    """All intervals of the last invocation count, and none of those before."""
    lake.record(Outcome.REJECTED, invocation="1")
    lake.record(Outcome.FAILED, invocation="2")
    lake.record(Outcome.PUBLISHED, invocation="2", interval=D2)
    assert lake.workspace.select(("result:failed",)) == ("split",)
    assert lake.workspace.select(("result:published",)) == ("split",)
    assert lake.workspace.select(("result:f*+",)) == ("split", "total")
    assert lake.workspace.select(("result:rejected",)) == ()


def test_where_no_job_is_selected_so_nothing_is_run(lake: Lake) -> None:
    """That nothing failed is no mistake of who asks for what failed."""
    for arguments in (("run",), ("backfill", "--interval", "2013-01-01"), ("plan",), ("ready",), ("status",)):
        ended = lake.call(*arguments, "result:failed")
        assert (ended.code, ended.err) == (0, ""), ended.err
    assert lake.call("plan", "result:failed").out == "nothing to do\n"
    assert lake.call("run", "result:failed").out == "nothing to run: no job is selected\n"
    assert lake.call("run", "result:failed", "--json").out == "[]\n"


def test_what_there_is_not_is_refused_with_what_there_is(lake: Lake) -> None:
    """All faults at once."""
    ended = lake.call("plan", "state:new", "result:faild")
    assert ended.code == 64
    assert "States: changed" in ended.err
    assert 'did you mean "failed"?' in ended.err
