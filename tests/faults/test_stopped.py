"""A run that is not wanted any more (SIGTERM, SIGINT, a lost parent) stops, says 75, publishes no more."""

import signal

import pytest

from tests.faults.processes import Driver, Orphan, Resident
from tests.faults.world import BAD, GOOD, TABLES, expected, records, rows
from tests.support.project import SmallProject

EVENTS = ["planned", "staged", "audited", "intent", f"published {GOOD}", f"published {BAD}", "recorded"]


def _check(project: SmallProject, resident: Resident, *, published: int) -> None:
    """The first `published` outputs are new and whole, the others old; a re-run finishes the rest."""
    for number, dataset in enumerate(TABLES):
        assert rows(project, dataset) == expected(dataset, 2 if number < published else 1)
    again = resident.run(project, "split")
    assert again.code == 0, again.out + again.err
    assert [rows(project, dataset) for dataset in TABLES] == [expected(dataset, 2) for dataset in TABLES]


@pytest.fixture
def later(project: SmallProject, resident: Resident) -> SmallProject:
    """A project that was published once, and has new readings."""
    assert resident.run(project, "split").code == 0
    project.write_readings(2)
    return project


@pytest.mark.parametrize("event", EVENTS)
def test_sigterm_at_an_event(later: SmallProject, resident: Resident, event: str) -> None:
    """Promises 1 and 3: before the last commit SIGTERM means 75 and no further commit, after it 0."""
    resident.hold(later, "split", at=event)
    resident.send(signal.SIGTERM)
    ended = resident.release()
    published = max(0, EVENTS.index(event) - EVENTS.index("intent"))
    assert ended.code == (0 if published >= len(TABLES) else 75), ended.out + ended.err
    record = records(later)[-1]
    assert record["exit_code"] == ended.code
    if ended.code:
        assert "stopped by SIGTERM" in ended.out
    _check(later, resident, published=min(published, len(TABLES)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_while_spark_works(later: SmallProject, resident: Resident, number: signal.Signals) -> None:
    """Promise 1: in the middle of Spark's write the process ends soon, with 75, a record and no commit."""
    before = set(later.table(GOOD).glob("data/*"))
    with Driver(later, "run", "split") as driver:
        driver.until_said("planned")
        driver.until(lambda: set(later.table(GOOD).glob("data/*")) > before)
        driver.send(number)
        ended = driver.end()
    assert ended.code == 75, ended.out + ended.err
    assert f"stopped by {number.name}" in ended.out
    assert records(later)[-1]["outcome"] == "retry"
    _check(later, resident, published=0)


def test_jobs_after_a_sigterm_do_not_begin(later: SmallProject, resident: Resident) -> None:
    """Promise 7: nothing is begun after SIGTERM; what was published stays, the next run does the rest."""
    resident.hold(later, "--all", at=f"published {BAD}")
    resident.send(signal.SIGTERM)
    ended = resident.release()
    assert ended.code == 75, ended.out + ended.err
    assert "1 published" in ended.out
    assert not later.table("small.total").exists()
    again = resident.run(later, "--all")
    assert again.code == 0
    assert "1 published, 1 unchanged" in again.out


@pytest.mark.parametrize("moment", ["staging", "staged"])
def test_jvm_is_killed(later: SmallProject, resident: Resident, moment: str) -> None:
    """Promise 1: a lost JVM is nobody's fault: 75 with a record, and nothing is published."""
    before = set(later.table(GOOD).glob("data/*"))
    with Driver(later, "run", "split", hold="staged" if moment == "staged" else None) as driver:
        driver.until(lambda: set(later.table(GOOD).glob("data/*")) > before)
        driver.kill_jvm()
        driver.go_on()
        ended = driver.end()
    assert ended.code == 75, ended.out + ended.err
    assert records(later)[-1]["outcome"] == "retry"
    _check(later, resident, published=0)


@pytest.mark.parametrize("event", ["audited", f"published {GOOD}"])
def test_orphan_does_not_publish(later: SmallProject, resident: Resident, event: str) -> None:
    """Promise 5: a driver whose parent was killed (-9) refuses the next commit, and says why."""
    with Orphan(later, "run", "split", hold=event) as orphan:
        orphan.kill_parent()
        ended = orphan.end()
    assert ended.code == 75, ended.out + ended.err
    assert "the process that started this run is gone" in ended.out
    _check(later, resident, published=EVENTS.index(event) // EVENTS.index(f"published {GOOD}"))
