"""Rules about the whole table, while other runs publish other intervals of it."""

import json

import pytest

from tests.faults.processes import Resident
from tests.faults.world import rows
from tests.support.project import SmallProject

TICKETS = '''
    """A ticket is given once, whatever the day."""

    from framework import Input, Output, expect, job

    SCHEMA = "day DATE NOT NULL, sensor INT NOT NULL, v INT"


    @job(
        inputs={"readings": Input("source.readings", schema=SCHEMA)},
        outputs=Output(
            "small.tickets",
            schema=SCHEMA,
            time="day",
            expectations=[expect.column_values_to_be_unique("sensor", scope="table")],
        ),
        interval="day",
        start="2013-01-01",
        batch=31,
    )
    def tickets(readings, *, interval, first: int = 0):
        """Four of them."""
        from pyspark.sql import functions as F

        days = readings.where(F.col("day").between(interval.first_day, interval.last_day))
        return days.where(F.col("sensor").between(first, first + 3))
'''
NAME, DATASET = "tickets", "small.tickets"


@pytest.fixture
def selling(project: SmallProject) -> SmallProject:
    """A project that has the job, and four days."""
    project.write("jobs/tickets.py", TICKETS)
    project.write_readings(0, days=4)
    return project


def _sold(project: SmallProject) -> dict[str, set[int]]:
    """The tickets of each day."""
    found: dict[str, set[int]] = {}
    for day, sensor, _ in rows(project, DATASET):
        assert sensor not in found.setdefault(day, set())
        found[day].add(sensor)
    return found


def test_a_key_of_another_day_is_rejected_and_the_old_rows_stay(
    selling: SmallProject, resident: Resident
) -> None:
    """65 for what collides, alone or in a batch; readers see what they saw; a day may be made anew."""
    day1, day2 = "2013-01-01", "2013-01-02"
    assert resident.run(selling, NAME, "--interval", day1, "--param", "first=0").code == 0
    told = resident.run(selling, NAME, "--interval", day2, "--param", "first=3")
    assert told.code == 65
    assert "column_values_to_be_unique" in told.out + told.err
    assert _sold(selling) == {day1: {0, 1, 2, 3}}
    assert resident.run(selling, NAME, "--interval", day2, "--param", "first=4").code == 0
    assert resident.run(selling, NAME, "--interval", "2013-01-03/2013-01-05", "--param", "first=8").code == 65
    assert resident.run(selling, NAME, "--interval", day1, "--param", "first=2").code == 65
    assert resident.run(selling, NAME, "--interval", day1, "--param", "first=20").code == 0
    assert _sold(selling) == {day1: {20, 21, 22, 23}, day2: {4, 5, 6, 7}}


def test_two_days_whose_keys_collide_are_never_both_published(
    selling: SmallProject, resident: Resident, other: Resident
) -> None:
    """Each was fine beside what was there; one is published, the other looks again and is rejected."""
    days = ["2013-01-01", "2013-01-02"]
    for first in (0, 10, 20):
        for process, day in zip((resident, other), days, strict=True):
            process.begin(selling, NAME, "--interval", day, "--param", f"first={first}", hold="audited")
        for process in (resident, other):
            process.until_held()
        for process in (resident, other):
            process.go_on()
        ended = [process.end() for process in (resident, other)]
        codes = [each.code for each in ended]
        assert sorted(codes) == [0, 75]
        loser = codes.index(75)
        assert "the table changed since it was checked" in ended[loser].out + ended[loser].err
        wanted = {first + n for n in range(4)}
        sold = _sold(selling)
        assert sold[days[1 - loser]] == wanted
        assert sold.get(days[loser]) != wanted
        again = resident.run(selling, NAME, "--interval", days[loser], "--param", f"first={first}")
        assert again.code == 65
        assert _sold(selling) == sold


def test_the_record_says_what_was_looked_at(selling: SmallProject, resident: Resident) -> None:
    """One verdict for all days of the batch, with the scope of its rule."""
    told = resident.run(selling, NAME, "--interval", "2013-01-01/2013-01-03", "--param", "first=0")
    assert told.code == 65
    folder = selling.table("sparkjob") / "runs" / NAME
    (record,) = [json.loads(path.read_text()) for path in folder.iterdir()]
    (check,) = [each for each in record["checks"] if each["scope"] == "table"]
    (result,) = check["results"]
    assert result["interval"] == "2013-01-01T00:00:00Z/2013-01-03T00:00:00Z"
    assert (result["unexpected"], result["considered"]) == (8, 8)
