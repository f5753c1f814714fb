"""A job that quarantines, killed at each step and run again: every row once, in one of the two tables."""

import signal
from pathlib import Path

import pytest

from tests.faults.case import Case
from tests.faults.processes import Driver, Plain, Resident
from tests.faults.world import BAD, GOOD, TABLES, day_of, expected, generation, records, rows, tiny_project
from tests.support.exhaustive import mark_all_but

EVENTS = ["planned", "staged", "audited", "intent", f"published {BAD}", f"published {GOOD}", "recorded"]
QUARANTINE = {
    "jobs/split.py": '''
    """Readings; those of odd sensors break a rule."""

    from framework import Input, Output, Quarantine, expect, job, main

    SCHEMA = "day DATE NOT NULL, sensor INT NOT NULL, v INT"


    @job(
        inputs={"readings": Input("source.readings", schema=SCHEMA)},
        outputs=Output(
            "small.good",
            schema=SCHEMA,
            key=("day", "sensor"),
            time="day",
            expectations=[
                expect.column_values_to_be_in_set("sensor", list(range(0, 40, 2)), on_fail="quarantine"),
                expect.column_values_to_be_between("v", 0, 9),
            ],
            quarantine=Quarantine("small.bad", max_rows=20),
        ),
        interval="day",
        start="2013-01-01",
        batch=31,
    )
    def split(readings, *, interval, add: int = 0):
        """Take the days."""
        from pyspark.sql import functions as F

        days = readings.where(F.col("day").between(interval.first_day, interval.last_day))
        return days.withColumn("v", F.col("v") + add)


    if __name__ == "__main__":
        main(split)
'''
}
"""Its tables are those of the small project, and so are the rows in them."""


@pytest.mark.parametrize("event", mark_all_but(["intent", f"published {BAD}"], EVENTS))
def test_killed_at_an_event_and_run_again(
    tmp_path: Path, resident: Resident, plain: Plain, event: str
) -> None:
    """Promises 1 to 3: bad rows are in quarantine once, good ones in the output once, whatever was before."""
    case = Case(tmp_path, resident, plain, earlier=True, files=QUARANTINE)
    with Driver(case.project, "run", "split", hold=event) as driver:
        driver.kill()
        assert driver.end().code == -signal.SIGKILL
        case.run_again_and_check()


def test_killed_between_the_two_first_publishes(tmp_path: Path, resident: Resident, plain: Plain) -> None:
    """Promise 3: the next run publishes the good rows that were audited, and stages nothing anew."""
    case = Case(tmp_path, resident, plain, earlier=False, files=QUARANTINE)
    with Driver(case.project, "run", "split", hold=f"published {BAD}") as driver:
        driver.kill()
    assert (rows(case.project, BAD), rows(case.project, GOOD)) == (expected(BAD, 1), [])
    case.run_again_and_check()
    assert [generation(case.project, dataset, day_of(0)) for dataset in TABLES] == [1, 1]
    assert "forward" in str(records(case.project)[-1]["reasons"])


def test_a_rejected_interval_leaves_both_tables_as_they_were(tmp_path: Path, resident: Resident) -> None:
    """Promise 6: over the limit, or broken otherwise, nothing of the interval is published anywhere."""
    project = tiny_project(tmp_path, QUARANTINE)
    assert resident.run(project, "split").code == 0
    project.write_readings(2, sensors=42)
    over = resident.run(project, "split")
    assert over.code == 65, over.out + over.err
    assert "quarantined_rows_to_be_at_most" in over.out
    project.write_readings(10)
    broken = resident.run(project, "split")
    assert broken.code == 65, broken.out + broken.err
    for dataset in TABLES:
        assert rows(project, dataset) == expected(dataset, 1)
        assert generation(project, dataset, day_of(0)) == 1


def test_two_that_would_publish_different_rows(tmp_path: Path, resident: Resident, other: Resident) -> None:
    """Promise 4: one wins both tables, the other says 75."""
    project = tiny_project(tmp_path, QUARANTINE)
    for process, add in ((resident, 1), (other, 5)):
        process.begin(project, "split", "--param", f"add={add}", hold="audited")
    for process in (resident, other):
        process.until_held()
    for process in (resident, other):
        process.go_on()
    codes = [process.end().code for process in (resident, other)]
    assert sorted(codes) == [0, 75]
    won = 2 if codes[0] == 0 else 6
    assert [rows(project, dataset) for dataset in TABLES] == [expected(dataset, won) for dataset in TABLES]
