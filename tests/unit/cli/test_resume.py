"""`sparkjob resume`: which invocation is meant, without Spark."""

from tests.support.calling import Caller


def test_what_to_resume_has_to_be_said(sparkjob: Caller) -> None:
    """Neither or both is a mistake of the caller; with nothing run yet there is nothing to resume."""
    assert sparkjob("resume").code == 64
    assert sparkjob("resume", "01A", "--last").code == 64
    told = sparkjob("resume", "--last")
    assert told.code == 64
    assert "nothing was run here yet" in told.err
    assert "nothing was run here yet" in sparkjob("resume", "01A").err


def test_what_waited_is_resumed(sparkjob: Caller) -> None:
    """A run whose source was not there is kept, and taken up by its id or by --last."""
    (sparkjob.project.root / ".data/raw/readings.csv").unlink()
    assert sparkjob("run", "split", "--interval", "2013-01-01").code == 75
    (kept,) = (sparkjob.project.table("sparkjob") / "invocations").iterdir()
    for name in (kept.stem, kept.stem[:-3]):
        told = sparkjob("resume", name)
        assert told.code == 75
        assert f"resumes {kept.stem}" in told.out
        assert "split 2013-01-01  waits for source.readings" in told.out
    assert sparkjob("resume", "--last").code == 75


def test_backfill_wants_a_range_and_a_selection(sparkjob: Caller) -> None:
    """Ten years are not begun by a slip."""
    told = sparkjob("backfill", "split")
    assert told.code == 64
    assert "--interval" in told.err
    assert "say what to backfill" in sparkjob("backfill", "--interval", "2013-01").err
    assert (
        "nothing is stale in 2013-01-01"
        in sparkjob("backfill", "split", "--stale", "--interval", "2013-01-01").out
    )
