"""An old attempt that wakes up (SIGSTOP … SIGCONT) loses honestly and overwrites nothing newer."""

import pytest

from tests.faults.processes import Ended, Resident
from tests.faults.world import GOOD, TABLES, day_of, expected, generation, records, rows
from tests.support.project import SmallProject


def _is_published(project: SmallProject, v: int) -> bool:
    """Whether both outputs are those of a run that made `v`."""
    return [rows(project, dataset) for dataset in TABLES] == [expected(dataset, v) for dataset in TABLES]


def _numbers(project: SmallProject) -> list[int]:
    return [generation(project, dataset, day_of(0)) for dataset in TABLES]


def _outcome(project: SmallProject, ended: Ended) -> object:
    """The outcome that was kept of a run that has told its id."""
    return next(record["outcome"] for record in records(project) if str(record["run_id"]) in ended.err)


def _lost(project: SmallProject, ended: Ended) -> None:
    assert ended.code == 75, ended.out + ended.err
    assert "another run was publishing" in ended.out
    assert _outcome(project, ended) == "retry"


@pytest.mark.parametrize(
    ("event", "earlier"),
    [
        ("audited", False),
        ("staged", True),
        ("audited", True),
        ("intent", True),
        (f"published {GOOD}", True),
    ],
)
def test_zombie_loses(
    project: SmallProject, resident: Resident, other: Resident, event: str, earlier: bool
) -> None:
    """Promise 5: stopped at any step while a newer run publishes, it ends with 75 and changes nothing."""
    if earlier:
        assert other.run(project, "split").code == 0
    resident.hold(project, "split", "--param", "add=1", at=event)
    assert other.run(project, "split", "--param", "add=2").code == 0
    numbers = _numbers(project)
    _lost(project, resident.release())
    assert _is_published(project, 3)
    assert _numbers(project) == numbers


def test_zombie_of_the_same_inputs_ends_well(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 4: what is published is what it would have published, so it says 0 and unchanged."""
    resident.hold(project, "split", at="audited")
    assert other.run(project, "split").code == 0
    ended = resident.release()
    assert ended.code == 0, ended.out + ended.err
    assert _outcome(project, ended) == "unchanged"
    assert _numbers(project) == [1, 1]


def test_zombie_whose_intent_was_carried_ends_well(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 4: another run has finished its work with its own files, so it says 0."""
    resident.hold(project, "split", at=f"published {GOOD}")
    carried = other.run(project, "split")
    assert (carried.code, "staged" in carried.err) == (0, False), carried.err
    ended = resident.release()
    assert ended.code == 0, ended.out + ended.err
    assert _is_published(project, 1)
    assert _numbers(project) == [1, 1]


def test_half_of_an_equal_run_is_no_success(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 4: who finds what it would have made in the first output, and not in the second, says 75."""
    resident.hold(project, "split", at="audited")
    other.hold(project, "split", at=f"published {GOOD}")
    _lost(project, resident.release())
    assert other.release().code == 0
    assert _is_published(project, 1)


def test_newer_run_between_the_two_publishes_of_an_older_one(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 5: the older run, whose first output is replaced by now, does not publish its second."""
    resident.hold(project, "split", "--param", "add=1", at=f"published {GOOD}")
    other.hold(project, "split", "--param", "add=2", at=f"published {GOOD}")
    _lost(project, resident.release())
    assert other.release().code == 0
    assert _is_published(project, 3)


def test_run_that_was_planned_between_the_two_publishes_of_another(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 4: planned on one's new first output and old second, it publishes nothing."""
    resident.hold(project, "split", "--param", "add=1", at=f"published {GOOD}")
    other.hold(project, "split", "--param", "add=2", at="audited")
    assert resident.release().code == 0
    _lost(project, other.release())
    assert _is_published(project, 2)
