"""A backfill that is killed, stopped or overtaken: what is published stays, `resume` does the rest."""

import json
import signal
from pathlib import Path

import pytest

from tests.faults.processes import Driver, Resident
from tests.faults.world import BAD, GOOD, TABLES, Rows, day_of, expected, generation, rows, tiny_project
from tests.support.exhaustive import mark_all_but
from tests.support.project import SPLIT, SmallProject

NUMBER = 6
DAYS = [day_of(number) for number in range(NUMBER)]
SPOILED = [DAYS[1], DAYS[3], DAYS[4]]
WEEK = ("--interval", f"{DAYS[0]}/{day_of(NUMBER)}")
COPY = '''
    """The good readings once more."""

    from framework import Input, Output, job


    @job(
        inputs={"good": Input("small.good")},
        outputs=Output("small.copy", schema="day DATE NOT NULL, sensor INT, v INT", time="day"),
        interval="day",
        start="2013-01-01",
    )
    def copy(good):
        """As they are."""
        return good
'''


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    """Six days of readings, of which each is a run of its own."""
    files = {"jobs/split.py": SPLIT.replace("batch=31", "batch=1"), "jobs/copy.py": COPY}
    made = tiny_project(tmp_path, files)
    made.write_readings(1, days=NUMBER)
    return made


def _published(project: SmallProject) -> set[str]:
    """The days that both outputs have."""
    return {day for day in DAYS if all(generation(project, dataset, day) for dataset in TABLES)}


def _resume(project: SmallProject, *, code: int) -> dict[str, str]:
    """`resume --last` to its end; the outcome of each day."""
    with Driver(project, "resume", "--last", "--json") as driver:
        ended = driver.end()
    assert ended.code == code, ended.out + ended.err
    parts = (part for record in json.loads(ended.out) for part in record["intervals"])
    return {part["interval"][:10]: part["outcome"] for part in parts}


def _without(dataset: str, days: list[str]) -> Rows:
    return [row for row in expected(dataset, 1, days=NUMBER) if row[0] not in days]


@pytest.mark.parametrize("parallel", mark_all_but(["2"], ["1", "2"]))
def test_a_killed_backfill_is_resumed(project: SmallProject, parallel: str) -> None:
    """Whatever the moment of kill -9, `resume` runs only the missing; bad days are rejected alone."""
    readings = project.root / ".data/raw/readings.csv"
    text = readings.read_text()
    for day in SPOILED:
        text = text.replace(f"{day},4,1", f"{day},4,99")
    readings.write_text(text)
    with Driver(project, "backfill", "split", *WEEK, "--parallel", parallel) as driver:
        driver.until_said(f"published {BAD}")
        driver.until_said("planned")
        driver.kill()
    before = _published(project)
    assert before
    assert before < set(DAYS) - set(SPOILED)

    outcomes = _resume(project, code=65)
    assert {day for day, outcome in outcomes.items() if outcome == "unchanged"} >= before
    assert {day for day, outcome in outcomes.items() if outcome == "rejected"} == set(SPOILED)
    assert set(outcomes) == set(DAYS)
    for dataset in TABLES:
        assert rows(project, dataset) == _without(dataset, SPOILED)
        assert {generation(project, dataset, day) for day in before} == {1}


def test_sigterm_ends_runs_side_by_side(project: SmallProject) -> None:
    """After SIGTERM no run begins and none commits; all say 75, and what is published is whole."""
    with Driver(project, "backfill", "split", *WEEK, "--parallel", "2") as driver:
        driver.until_said(f"published {BAD}")
        driver.send(signal.SIGTERM)
        ended = driver.end()
    assert ended.code == 75, ended.out + ended.err
    assert "stopped by SIGTERM" in ended.out
    before = _published(project)
    assert before < set(DAYS)
    outcomes = _resume(project, code=0)
    assert {day for day, outcome in outcomes.items() if outcome == "unchanged"} >= before
    for dataset in TABLES:
        assert rows(project, dataset) == expected(dataset, 1, days=NUMBER)


def test_an_older_backfill_that_ends_after_a_newer_one_changes_nothing(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """It was planned on older inputs: every day that the newer one has made is lost to it, with 75."""
    assert other.run(project, "split", *WEEK).code == 0
    resident.hold(project, "copy", *WEEK, at="audited")
    project.write_readings(2, days=NUMBER)
    assert other.run(project, "split", "copy", *WEEK).code == 0
    late = resident.release()
    assert late.code == 75, late.out + late.err
    assert "another run was publishing" in late.out
    assert rows(project, "small.copy") == expected(GOOD, 2, days=NUMBER)
    assert {generation(project, "small.copy", day) for day in DAYS} == {1}
    again = other.run(project, "copy", *WEEK)
    assert again.code == 0
    assert "1 unchanged" in again.out
