"""Whose a table is: a job with another name, a second environment and another project come to it."""

from pathlib import Path

import pytest

from tests.faults.processes import Driver, Resident
from tests.faults.world import BAD, GOOD, TABLES, day_of, expected, generation, rows, tiny_project
from tests.support.project import SPLIT, SmallProject, copy_project

OTHER = """
    extends: local
    state: "{lake}/state-of-the-other"
"""
ADD_1, ADD_2 = ("--param", "add=1"), ("--param", "add=2")


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    """The small project, with a second environment whose tables are those of the first; never run."""
    return tiny_project(tmp_path / "project", {"configs/other.yml": OTHER})


def _rename(project: SmallProject, file: str = "jobs/split.py") -> None:
    """This file declares the job, as `divide`."""
    text = SPLIT.replace("def split(", "def divide(").replace("main(split)", "main(divide)")
    project.write(file, text)


def _are(project: SmallProject, v: int) -> bool:
    """Whether both tables have the rows of one run, once each."""
    return [rows(project, dataset) for dataset in TABLES] == [expected(dataset, v) for dataset in TABLES]


def _numbers(project: SmallProject) -> list[int]:
    return [generation(project, dataset, day_of(0)) for dataset in TABLES]


def _log(project: SmallProject) -> set[Path]:
    """All that was ever committed."""
    return {path for dataset in TABLES for path in project.table(dataset).glob("_delta_log/*.json")}


def test_a_job_by_another_name_is_current(project: SmallProject, resident: Resident) -> None:
    """Generations are of the dataset: with the same function there is nothing to do."""
    assert resident.run(project, "split").code == 0
    before = _log(project)
    project.write("jobs/split.py", SPLIT.replace("@job(", '@job(\n        name="divide",'))
    same = resident.run(project, "divide")
    assert (same.code, "1 unchanged" in same.out) == (0, True), same.out + same.err
    assert _log(project) == before
    gone = resident.run(project, "split")
    assert (gone.code, "divide" in gone.out + gone.err) == (64, True), gone.out + gone.err


def test_a_renamed_function_replaces_its_rows(project: SmallProject, resident: Resident) -> None:
    """A function's name is code, so it runs once more, in place of what it has published by the old one."""
    assert resident.run(project, "split").code == 0
    _rename(project)
    changed = resident.run(project, "divide")
    assert changed.code == 0, changed.out + changed.err
    assert _are(project, 1)
    assert _numbers(project) == [2, 2]
    assert "1 unchanged" in resident.run(project, "divide").out


def test_an_older_run_by_the_old_name_loses(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 5: asleep while its job was renamed and run again, it wakes up and overwrites nothing."""
    assert resident.run(project, "split").code == 0
    resident.hold(project, "split", *ADD_1, at="audited")
    _rename(project)
    assert other.run(project, "divide", *ADD_2).code == 0
    ended = resident.release()
    assert ended.code == 75, ended.out + ended.err
    assert _are(project, 3)
    assert _numbers(project) == [2, 2]


def test_what_the_old_name_left_half_published_is_made_whole(
    project: SmallProject, resident: Resident
) -> None:
    """Promise 3: killed between its outputs, then renamed; the new name finds no intent, and runs."""
    with Driver(project, "run", "split", *ADD_1, hold=f"published {GOOD}") as driver:
        driver.kill()
        driver.end()
    assert (rows(project, GOOD), rows(project, BAD)) == (expected(GOOD, 2), [])
    _rename(project)
    again = resident.run(project, "divide", *ADD_1)
    assert again.code == 0, again.out + again.err
    assert _are(project, 2)
    assert "1 unchanged" in resident.run(project, "divide", *ADD_1).out


def test_both_names_at_once_are_refused(project: SmallProject, resident: Resident) -> None:
    """A copy of the job under another name: 64 with both places, and nothing is touched."""
    assert resident.run(project, "split").code == 0
    before = _log(project)
    _rename(project, "jobs/divide.py")
    for name in ("split", "divide"):
        ended = resident.run(project, name, *ADD_2)
        assert ended.code == 64, ended.out + ended.err
        assert "small.good is made by" in ended.out + ended.err
        assert "A dataset has one owner" in ended.out + ended.err
    assert _log(project) == before


def test_two_environments_on_one_table_know_of_each_other(project: SmallProject, resident: Resident) -> None:
    """What one has published is current for the other, whose state is elsewhere, or replaced whole."""
    assert resident.run(project, "split").code == 0
    same = resident.run(project, "split", "--env", "other")
    assert (same.code, "1 unchanged" in same.out) == (0, True), same.out + same.err
    assert resident.run(project, "split", "--env", "other", *ADD_1).code == 0
    assert _are(project, 2)
    back = resident.run(project, "split")
    assert (back.code, "1 unchanged" in back.out) == (0, False), back.out + back.err
    assert _are(project, 1)
    assert _numbers(project) == [3, 3]


@pytest.mark.parametrize("adds", [(1, 2), (1, 1)], ids=["different", "equal"])
def test_two_environments_at_once(
    project: SmallProject, resident: Resident, other: Resident, adds: tuple[int, int]
) -> None:
    """Promise 4, ten rounds: both are about to publish and are let go at once; every exit 0 is true."""
    project.write_readings(0, days=28)
    for number in range(10):
        day = day_of(number)
        for process, env, add in zip((resident, other), ("local", "other"), adds, strict=True):
            words = ("split", "--env", env, "--interval", day, "--param", f"add={add}")
            process.begin(project, *words, hold="audited")
        for process in (resident, other):
            process.until_held()
        for process in (resident, other):
            process.go_on()
        codes = [process.end().code for process in (resident, other)]
        assert 0 in codes
        assert set(codes) <= {0, 75}
        shown = [[row for row in rows(project, dataset) if row[0] == day] for dataset in TABLES]
        winner = adds[codes.index(0)]
        assert shown == [[row for row in expected(d, winner, days=28) if row[0] == day] for d in TABLES]
        assert [generation(project, dataset, day) for dataset in TABLES] == [1, 1]
        assert len(set(adds)) == 1 or sorted(codes) == [0, 75]


def test_an_intent_that_another_environment_has_overtaken_is_not_carried(
    project: SmallProject, resident: Resident
) -> None:
    """Killed between its outputs; the other, which cannot see its intent, publishes; it comes back: whole."""
    with Driver(project, "run", "split", *ADD_1, hold=f"published {GOOD}") as driver:
        driver.kill()
        driver.end()
    assert resident.run(project, "split", "--env", "other", *ADD_2).code == 0
    assert _are(project, 3)
    back = resident.run(project, "split", *ADD_1)
    assert (back.code, "carries run" in back.out + back.err) == (0, False), back.out + back.err
    assert _are(project, 2)


def test_another_project_on_the_same_tables_is_refused(project: SmallProject, resident: Resident) -> None:
    """The owner is kept with the table: 64 and whose it is, before anything is staged."""
    assert resident.run(project, "split").code == 0
    theirs = copy_project(project.root.parent / "theirs", of=project.root)
    base = theirs.root / "configs" / "base.yml"
    base.write_text(base.read_text().replace("project: small", "project: theirs"))
    (theirs.root / ".data").symlink_to(project.root / ".data")
    before = {path for dataset in TABLES for path in project.table(dataset).rglob("*")}
    ended = resident.run(theirs, "split", *ADD_1)
    assert ended.code == 64, ended.out + ended.err
    assert 'the table belongs to the project "small", this one is "theirs"' in ended.out + ended.err
    assert {path for dataset in TABLES for path in project.table(dataset).rglob("*")} == before
    assert _are(project, 1)
