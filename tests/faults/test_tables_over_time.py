"""SIGKILL and twins in `rollback`, `compact`, `clean` and `migrate`: then the same command again."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.faults.processes import Driver, Resident
from tests.faults.world import BAD, GOOD, SENSORS, TABLES, Rows, rows, tiny_project
from tests.support.exhaustive import mark_all_but
from tests.support.project import SmallProject

FIRST = "2013-01-01"
SEVERAL_FILES = 5
"""Rows a file, so that each interval has some."""


@pytest.fixture(scope="module")
def resident(quick_start: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resident]:
    """A driver that stays, and has met no other project: a running Spark keeps the settings of its first."""
    with Resident(tmp_path_factory.mktemp("resident")) as process:
        yield process


@pytest.fixture
def project(tmp_path: Path, resident: Resident) -> SmallProject:
    """Published twice: of values 1, then of values 2; each day of each output in several files."""
    project = tiny_project(tmp_path)
    local = project.root / "configs" / "local.yml"
    size = f"spark.sql.files.maxRecordsPerFile: {SEVERAL_FILES}"
    local.write_text(local.read_text().replace("spark.master", f"{size}\n      spark.master"))
    for v in (1, 2):
        project.write_readings(v)
        ended = resident.run(project, "split")
        assert ended.code == 0, ended.out + ended.err
    return project


def _values(project: SmallProject, dataset: str) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for day, _, v in rows(project, dataset):
        found.setdefault(day, set()).add(v)
    return found


def _call(project: SmallProject, *arguments: str) -> str:
    ended = project.call(*arguments)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def _kill(project: SmallProject, event: str, *arguments: str) -> None:
    with Driver(project, *arguments, hold=event) as driver:
        driver.kill()
        assert driver.end().code == -signal.SIGKILL


ROLLBACK = ("rollback", "split", "--interval", FIRST, "--to", "1")


@pytest.mark.parametrize(
    "event",
    mark_all_but(
        [f"published {GOOD}"], [f"staged {GOOD}", f"staged {BAD}", f"published {GOOD}", f"published {BAD}"]
    ),
)
def test_a_rollback_that_was_killed_is_finished_by_the_same_command(
    project: SmallProject, event: str
) -> None:
    """No reader ever sees a mix of a day, and the other day is left alone."""
    _kill(project, event, *ROLLBACK)
    for dataset in TABLES:
        assert _values(project, dataset)[FIRST] in ({1}, {2})
    _call(project, *ROLLBACK)
    for dataset in TABLES:
        assert _values(project, dataset) == {FIRST: {1}, "2013-01-02": {2}}
        assert len(rows(project, dataset)) == SENSORS
    assert "rolled back" in _call(project, "plan", "split")


def test_a_run_that_publishes_meanwhile_wins_over_a_rollback(
    project: SmallProject, resident: Resident
) -> None:
    """The rollback is of the generation that was current when it began: 75, and nothing is published."""
    project.write_readings(3)
    with Driver(project, *ROLLBACK, hold=f"staged {BAD}") as driver:
        assert resident.run(project, "split").code == 0
        driver.go_on()
        assert driver.end().code == 75
    for dataset in TABLES:
        assert _values(project, dataset) == {FIRST: {3}, "2013-01-02": {3}}


@pytest.mark.parametrize(
    "event", mark_all_but([f"compacted {GOOD}"], [f"staged {GOOD}", f"compacted {GOOD}", f"staged {BAD}"])
)
def test_a_compaction_that_was_killed_has_changed_no_row(project: SmallProject, event: str) -> None:
    """And is finished by the same command, after which nothing is to be run or compacted."""
    before: dict[str, Rows] = {dataset: rows(project, dataset) for dataset in TABLES}
    _kill(project, event, "compact", "split")
    _call(project, "compact", "split")
    for dataset in TABLES:
        assert rows(project, dataset) == before[dataset]
        assert len(DeltaTable(project.table(dataset)).file_uris()) == 2
    assert "nothing to compact" in _call(project, "compact", "split")
    assert "1 unchanged" in _call(project, "plan", "split")


def test_a_run_that_publishes_while_files_are_joined_loses_nothing(
    project: SmallProject, resident: Resident
) -> None:
    """What it has replaced is left out of the compaction."""
    project.write_readings(3)
    with Driver(project, "compact", f"dataset:{GOOD}", hold=f"staged {GOOD}") as driver:
        assert resident.run(project, "split", "--interval", FIRST).code == 0
        driver.go_on()
        assert driver.end().code == 0
    assert _values(project, GOOD) == {FIRST: {3}, "2013-01-02": {2}}
    assert len(rows(project, GOOD)) == SENSORS
    assert "published anew" not in _call(project, "compact", "split")


def _age(project: SmallProject, part: str) -> None:
    moment = (datetime.now(UTC) - timedelta(days=8)).timestamp()
    for path in (project.root / ".data").rglob("*"):
        if part in str(path):
            os.utime(path, (moment, moment))


@pytest.fixture
def orphans(project: SmallProject) -> list[Path]:
    """The files of a run that died before its publish, long ago."""
    project.write_readings(3)
    there = {path for dataset in TABLES for path in project.table(dataset).glob("data/*")}
    _kill(project, "audited", "run", "split")
    left = [p for dataset in TABLES for p in project.table(dataset).glob("data/*") if p not in there]
    assert left
    for stage in left:
        _age(project, stage.name)
    return [path for stage in left for path in stage.rglob("*.parquet")]


@pytest.mark.parametrize(
    "event",
    mark_all_but([f"cleaned {GOOD}"], [f"fates {GOOD}", f"cleaned {GOOD}", f"fates {BAD}", f"cleaned {BAD}"]),
)
def test_a_clean_that_was_killed_is_finished_by_the_same_command(
    project: SmallProject, orphans: list[Path], event: str
) -> None:
    """Nothing live is ever removed, and nothing old is left."""
    before = {dataset: rows(project, dataset) for dataset in TABLES}
    _kill(project, event, "clean", "--yes")
    _call(project, "clean", "--yes")
    assert not any(path.exists() for path in orphans)
    assert {dataset: rows(project, dataset) for dataset in TABLES} == before


def test_a_run_while_it_cleans_is_not_disturbed(
    project: SmallProject, resident: Resident, orphans: list[Path]
) -> None:
    """Its stage is young, and what it supersedes is kept for the retention."""
    before = set(project.table(GOOD).glob("data/*/*/*.parquet"))
    with Driver(project, "clean", "--yes", hold=f"fates {GOOD}") as driver:
        assert resident.run(project, "split").code == 0
        driver.go_on()
        assert driver.end().code == 0
    assert _values(project, GOOD) == {FIRST: {3}, "2013-01-02": {3}}
    assert {path for path in before if path.exists()} == before - set(orphans)


MIGRATE = ("migrate", GOOD, "--cast", "v", "--yes")


@pytest.fixture
def wider(project: SmallProject) -> SmallProject:
    """The contract says BIGINT now."""
    job = project.root / "jobs" / "split.py"
    text = job.read_text()
    wide = 'schema="day DATE NOT NULL, sensor INT NOT NULL, v BIGINT",\n            key'
    assert "schema=SCHEMA,\n            key" in text
    job.write_text(text.replace("schema=SCHEMA,\n            key", wide))
    return project


@pytest.mark.parametrize(
    "event",
    mark_all_but([f"audited {GOOD}"], [f"staged {GOOD}", f"audited {GOOD}", f"migrated {GOOD}"]),
)
def test_a_migration_that_was_killed_has_changed_all_or_nothing(wider: SmallProject, event: str) -> None:
    """Old columns with old rows, or new with new; the same command again makes it the latter."""
    before = rows(wider, GOOD)
    _kill(wider, event, *MIGRATE)
    assert rows(wider, GOOD) == before
    kind = str(DeltaTable(wider.table(GOOD)).schema().fields[2].type)
    assert ("long" in kind) == event.startswith("migrated")
    _call(wider, *MIGRATE)
    assert rows(wider, GOOD) == before
    assert "long" in str(DeltaTable(wider.table(GOOD)).schema().fields[2].type)
    assert "1 unchanged" in _call(wider, "plan", "split")


def test_of_two_migrations_at_once_one_is_made(wider: SmallProject) -> None:
    """The other finds that the table has moved on: 75, and again there is nothing to do."""
    before = rows(wider, GOOD)
    with (
        Driver(wider, *MIGRATE, hold=f"audited {GOOD}") as first,
        Driver(wider, *MIGRATE, hold=f"audited {GOOD}") as second,
    ):
        first.go_on()
        assert first.end().code == 0
        second.go_on()
        assert second.end().code == 75
    assert rows(wider, GOOD) == before
    assert "already" in _call(wider, *MIGRATE)
