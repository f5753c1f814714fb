"""An old attempt that wakes up (SIGSTOP … SIGCONT) loses honestly and overwrites nothing newer."""

import pytest

from tests.faults.processes import Resident
from tests.faults.world import BAD, GOOD, TABLES, day_of, expected, generation, records, rows
from tests.support.project import SmallProject


def _visible(project: SmallProject) -> list[set[int]]:
    """The values that each output shows."""
    return [{v for _, _, v in rows(project, dataset)} for dataset in TABLES]


@pytest.mark.parametrize("earlier", [False, True], ids=["first", "later"])
@pytest.mark.parametrize("event", ["staged", "audited", "intent", f"published {GOOD}"])
def test_zombie_loses(
    project: SmallProject, resident: Resident, other: Resident, event: str, earlier: bool
) -> None:
    """Promise 5: stopped at any step while a newer run publishes, it ends with 75 and changes nothing."""
    if earlier:
        assert other.run(project, "split").code == 0
    resident.hold(project, "split", "--param", "add=1", at=event)
    assert other.run(project, "split", "--param", "add=2").code == 0
    numbers = [generation(project, dataset, day_of(0)) for dataset in TABLES]
    ended = resident.release()
    assert ended.code == 75, ended.out + ended.err
    assert "generation" in ended.out
    assert records(project)[-1]["outcome"] == "retry"
    assert [rows(project, dataset) for dataset in TABLES] == [expected(dataset, 3) for dataset in TABLES]
    assert [generation(project, dataset, day_of(0)) for dataset in TABLES] == numbers


def test_zombie_of_the_same_inputs_ends_well(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 4: what is published is what it would have published, so it says 0 and unchanged."""
    resident.hold(project, "split", at="audited")
    assert other.run(project, "split").code == 0
    ended = resident.release()
    assert ended.code == 0, ended.out + ended.err
    assert records(project)[-1]["outcome"] == "unchanged"
    assert [generation(project, dataset, day_of(0)) for dataset in TABLES] == [1, 1]


def test_zombie_whose_intent_was_carried_ends_well(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 4: another run has finished its work with its own files; it says 0."""
    resident.hold(project, "split", at=f"published {GOOD}")
    carried = other.run(project, "split")
    assert (carried.code, "staged" in carried.err) == (0, False), carried.err
    ended = resident.release()
    assert ended.code == 0, ended.out + ended.err
    assert [rows(project, dataset) for dataset in TABLES] == [expected(dataset, 1) for dataset in TABLES]
    assert [generation(project, dataset, day_of(0)) for dataset in TABLES] == [1, 1]


def test_half_of_an_equal_run_is_no_success(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 4: who finds its own fingerprint in the first output, and not in the second, says 75, not 0."""
    resident.hold(project, "split", at="audited")
    other.hold(project, "split", at=f"published {GOOD}")
    ended = resident.release()
    assert ended.code == 75, ended.out + ended.err
    assert other.release().code == 0
    assert resident.run(project, "split").code == 0


def test_newer_run_between_the_two_publishes_of_an_older_one(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 5: the older run, whose first output is replaced by now, does not publish its second."""
    resident.hold(project, "split", "--param", "add=1", at=f"published {GOOD}")
    other.hold(project, "split", "--param", "add=2", at=f"published {GOOD}")
    assert _visible(project) == [{3}, set()]
    ended = resident.release()
    assert ended.code == 75, ended.out + ended.err
    assert other.release().code == 0
    assert _visible(project) == [{3}, {3}]


def test_run_that_was_planned_between_the_two_publishes_of_another(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 4: planned on one's new first output and old second, it publishes neither: never of two runs."""
    resident.hold(project, "split", "--param", "add=1", at=f"published {GOOD}")
    other.hold(project, "split", "--param", "add=2", at="audited")
    assert resident.release().code == 0
    ended = other.release()
    assert ended.code == 75, ended.out + ended.err
    assert BAD in ended.out
    assert _visible(project) == [{2}, {2}]
