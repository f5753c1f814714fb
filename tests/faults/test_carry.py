"""What a run left half published is finished by the next one, without Spark when that is enough."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.processes import Driver, Resident
from tests.faults.world import BAD, GOOD, TABLES, expected, records, rows, tiny_project
from tests.support.project import SmallProject

PLACES = (*TABLES, "sparkjob")


@dataclass(frozen=True)
class Half:
    """A project whose run died between its two publishes, and a copy of its data from then."""

    project: SmallProject
    copy: Path
    run_id: str

    def restore(self) -> SmallProject:
        """The project as it was then. The readings stay: a copy of them would be a new version."""
        for place in PLACES:
            shutil.rmtree(self.project.table(place))
            shutil.copytree(self.copy / place, self.project.table(place))
        return self.project


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory, quick_start: None) -> Half:
    """Killed after `small.good` was published; the first run of all."""
    project, copy = tiny_project(tmp_path_factory.mktemp("half")), tmp_path_factory.mktemp("copy")
    with Driver(project, "run", "split", "--run-id", "first", hold=f"published {GOOD}") as driver:
        driver.kill()
        driver.end()
    for place in PLACES:
        shutil.copytree(project.table(place), copy / place)
    return Half(project, copy, "first")


def test_the_intent_is_carried_forward_without_spark(half: Half) -> None:
    """Promises 2 and 3: the audited files of the dead run are published, on a machine without Java."""
    project = half.restore()
    assert (rows(project, GOOD), rows(project, BAD)) == (expected(GOOD, 1), [])
    staged = {path.name for path in project.table(BAD).glob("data/*/*/*.parquet")}
    with Driver(project, "run", "split", environment={"JAVA_HOME": "/nowhere"}) as driver:
        ended = driver.end()
    assert ended.code == 0, ended.out + ended.err
    assert [rows(project, dataset) for dataset in TABLES] == [expected(dataset, 1) for dataset in TABLES]
    assert {path.name for path in project.table(BAD).glob("data/*/*/*.parquet")} == staged
    (record,) = records(project)
    assert record["outcome"] == "published"
    assert record["reasons"] == ["carries run first forward"]
    assert "spark" not in record["versions"]  # type: ignore[operator]


def test_a_stage_that_was_cleaned_away_is_made_again(half: Half, resident: Resident) -> None:
    """Promise 3: without the dead run's files the job runs again, and both outputs are its own."""
    project = half.restore()
    for stage in (project.table(BAD) / "data").iterdir():
        shutil.rmtree(stage)
    _runs_again(project, resident)


def test_force_runs_again(half: Half, resident: Resident) -> None:
    """`--force` means a run; nothing is carried."""
    _runs_again(half.restore(), resident, "--force")


def test_other_parameters_run_again(half: Half, resident: Resident) -> None:
    """Promise 4: files that were made otherwise than they would be now are not carried."""
    _runs_again(half.restore(), resident, "--param", "add=1", v=2)


def test_a_file_of_another_size_is_made_again(half: Half, resident: Resident) -> None:
    """Promise 6: a staged file that is not the audited one is never published."""
    project = half.restore()
    for file in project.table(BAD).glob("data/*/*/*.parquet"):
        file.write_bytes(file.read_bytes()[:-1])
    _runs_again(project, resident)


def _runs_again(project: SmallProject, resident: Resident, *arguments: str, v: int = 1) -> None:
    again = resident.run(project, "split", *arguments)
    assert again.code == 0, again.out + again.err
    assert [rows(project, dataset) for dataset in TABLES] == [expected(dataset, v) for dataset in TABLES]
    (record,) = records(project)
    assert "carries run first forward" not in record["reasons"]  # type: ignore[operator]
    assert "staged" in again.err
