"""SIGKILL on Parquet outputs: every pointer that there ever was names one whole state."""

import json
import os
import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.faults.processes import Driver, Resident
from tests.faults.world import BAD, GOOD, SENSORS, TABLES, Rows, expected, tiny_project
from tests.support.exhaustive import mark_all_but
from tests.support.project import SmallProject

POINTERS = "_published/*/2013*/*.json"


@pytest.fixture
def project(tmp_path: Path, resident: Resident) -> SmallProject:
    """Both outputs are Parquet, published once, and new readings have come."""
    project = tiny_project(tmp_path)
    local = project.root / "configs" / "local.yml"
    local.write_text(local.read_text() + 'datasets: {"*": {format: parquet}}\n')
    assert resident.run(project, "split").code == 0
    project.write_readings(2)
    return project


def _pointed(project: SmallProject, pointer: Path) -> Rows:
    root = project.table(pointer.relative_to(project.root / ".data").parts[0])
    files = [root / file["path"] for file in json.loads(pointer.read_text())["files"]]
    rows = pa.concat_tables(pq.ParquetFile(file).read() for file in files).to_pylist()
    return sorted((str(row["day"]), row["sensor"], row["v"]) for row in rows)


def _newest(project: SmallProject, dataset: str) -> Rows:
    newest: dict[Path, Path] = {}
    for pointer in project.table(dataset).glob(POINTERS):
        newest[pointer.parent] = max(pointer, newest.get(pointer.parent, pointer), key=_number)
    return sorted(row for pointer in newest.values() for row in _pointed(project, pointer))


def _number(pointer: Path) -> int:
    return int(pointer.stem)


def _check(project: SmallProject, resident: Resident) -> None:
    """After the fault: the rows of one clean run, no pointer ever named a mix, nothing is left to do."""
    again = resident.run(project, "split")
    assert again.code == 0, again.out + again.err
    for dataset in TABLES:
        assert _newest(project, dataset) == expected(dataset, 2)
        for pointer in project.table(dataset).glob(POINTERS):
            rows = _pointed(project, pointer)
            assert len(rows) == SENSORS // 2
            assert len({(day, v) for day, _, v in rows}) == 1
    third = resident.run(project, "split")
    assert "1 unchanged" in third.out, third.out + third.err


@pytest.mark.parametrize(
    "event",
    mark_all_but(
        ["intent", f"published {GOOD}"], ["staged", "intent", f"published {GOOD}", f"published {BAD}"]
    ),
)
def test_killed_at_an_event_and_run_again_equals_one_clean_run(
    project: SmallProject, resident: Resident, event: str
) -> None:
    """Promises 1 to 3, with Parquet outputs: killed -9 with its JVM, then run again."""
    with Driver(project, "run", "split", hold=event) as driver:
        driver.kill()
        assert driver.end().code == -signal.SIGKILL
        _check(project, resident)


@pytest.mark.parametrize("dataset", TABLES)
def test_killed_when_the_first_pointer_of_a_batch_is_there(
    project: SmallProject, resident: Resident, dataset: str
) -> None:
    """Promise 3: a batch is atomic for each interval: some of its days are new, and the rest follows."""
    before = set(project.table(dataset).glob(POINTERS))
    with Driver(project, "run", "split") as driver:
        driver.until_said("audited")
        driver.until(lambda: set(project.table(dataset).glob(POINTERS)) > before)
        os.kill(driver.process.pid, signal.SIGKILL)
        _check(project, resident)


def test_of_two_runs_at_once_one_publishes(
    project: SmallProject, resident: Resident, other: Resident
) -> None:
    """Promise 4: both have staged when the first goes on; the other finds its own result published."""
    for each in (resident, other):
        each.hold(project, "split", at="intent")
    first, second = (each.release().out for each in (resident, other))
    assert "1 published" in first
    assert "1 unchanged" in second
    for dataset in TABLES:
        assert _newest(project, dataset) == expected(dataset, 2)
        assert {_number(pointer) for pointer in project.table(dataset).glob(POINTERS)} == {1, 2}
