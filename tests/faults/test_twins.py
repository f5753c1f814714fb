"""Two processes run the same job at once, again and again: one publishes, exit codes tell the truth."""

import pytest

from tests.faults.processes import Resident
from tests.faults.world import BAD, GOOD, TABLES, day_of, expected, generation, rows
from tests.support.project import SmallProject

ROUNDS = 20


def _race(
    project: SmallProject, pair: tuple[Resident, Resident], day: str, adds: tuple[int, int]
) -> list[int]:
    """Both run the day, and are let go at once when each is about to publish; their exit codes."""
    for process, add in zip(pair, adds, strict=True):
        process.begin(project, "split", "--interval", day, "--param", f"add={add}", hold="audited")
    for process in pair:
        process.until_held()
    for process in pair:
        process.go_on()
    return [process.end().code for process in pair]


def _values(project: SmallProject, day: str) -> list[set[int]]:
    """The values that each output shows of a day, all of whose rows are there once."""
    values = []
    for dataset in TABLES:
        found = [row for row in rows(project, dataset) if row[0] == day]
        values.append({v for _, _, v in found})
        assert [(d, sensor) for d, sensor, _ in found] == [
            (d, sensor) for d, sensor, _ in expected(dataset, 0, days=28) if d == day
        ]
    return values


@pytest.mark.parametrize("earlier", [False, True], ids=["first", "later"])
def test_two_that_would_publish_different_rows(
    project: SmallProject, resident: Resident, other: Resident, earlier: bool
) -> None:
    """Promise 4: 20 rounds, one winner each time, the loser says 75, and both outputs are the winner's."""
    project.write_readings(0, days=28)
    if earlier:
        assert resident.run(project, "split", "--interval", "2013-01-01/2013-01-29").code == 0
    for number in range(ROUNDS):
        day, adds = day_of(number), (1 + number % 4, 5 + number % 4)
        codes = _race(project, (resident, other), day, adds)
        assert sorted(codes) == [0, 75]
        assert _values(project, day) == [{adds[codes.index(0)]}] * len(TABLES)
        assert [generation(project, dataset, day) for dataset in TABLES] == [2 if earlier else 1] * len(
            TABLES
        )


def test_two_that_would_publish_the_same_rows(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 4: 20 rounds, rows once; who did not publish says 0 only when all outputs were there."""
    project.write_readings(0, days=28)
    for number in range(ROUNDS):
        day = day_of(number)
        codes = _race(project, (resident, other), day, (3, 3))
        assert set(codes) <= {0, 75}
        assert 0 in codes
        assert _values(project, day) == [{3}] * len(TABLES)
        assert [generation(project, dataset, day) for dataset in TABLES] == [1] * len(TABLES)


def test_two_that_run_freely(project: SmallProject, resident: Resident, other: Resident) -> None:
    """Promise 4: 20 rounds without any hold, in whatever order they come: never rows of two runs."""
    day = day_of(0)
    for number in range(ROUNDS):
        before = generation(project, GOOD, day), generation(project, BAD, day)
        adds = (number % 4, 4 + number % 4)
        for process, add in zip((resident, other), adds, strict=True):
            process.begin(project, "split", "--interval", day, "--param", f"add={add}")
        codes = [process.end().code for process in (resident, other)]
        assert set(codes) <= {0, 75}
        good, bad = _values(project, day)
        assert good == bad
        assert len(good) == 1
        # One after the other both may publish; who says 0 has published.
        after = generation(project, GOOD, day), generation(project, BAD, day)
        assert [b - a for a, b in zip(before, after, strict=True)] == [codes.count(0)] * len(TABLES)
