"""`sparkjob verify`: a right job passes, killed at every step too, and nothing published is touched."""

import json
from pathlib import Path

import pytest

from scripts import flights_data
from tests.faults.processes import Resident
from tests.faults.world import tiny_project
from tests.support.exhaustive import mark_all_but
from tests.support.project import SmallProject, copy_project

FLIGHTS = [
    "land_reference",
    "land_flights",
    "land_weather",
    "clean_flights",
    "daily_carrier",
    "weather_delay",
    "fleet_use",
    "delay_report",
]
SPLIT_STEPS = [
    *("planned", "staged", "audited", "intent"),
    *("published small.good", "published small.bad", "recorded"),
]
FOUR = ["run once", "run again", "other partitions", "another order of rows"]


def _files(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in root.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("format_", mark_all_but(["delta"], ["delta", "parquet"]))
def test_a_job_is_tried_in_every_way_and_nothing_published_is_touched(tmp_path: Path, format_: str) -> None:
    """Tables, stages and state have the bytes and times that they had; no folder of the trials is left."""
    project = tiny_project(tmp_path / "project")
    local = project.root / "configs" / "local.yml"
    local.write_text(f"{local.read_text()}datasets: {{'small.*': {{format: {format_}}}}}\n")
    assert project.call("run", "split").returncode == 0
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = _files(project.root / ".data")

    told = project.call("verify", "split", "--json", environment={"TMPDIR": str(scratch)})

    assert told.returncode == 0, told.stdout + told.stderr
    report = json.loads(told.stdout)
    kills = [f"killed at {step}" for step in SPLIT_STEPS]
    assert [trial["name"] for trial in report["trials"]] == [*FOUR, *kills, "two at once"]
    assert not any(trial["differs"] for trial in report["trials"])
    assert report["findings"] == []
    assert _files(project.root / ".data") == before
    assert not list(scratch.glob("sparkjob-verify-*"))


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A copy of this project, with the year's data and nothing published."""
    root = tmp_path_factory.mktemp("flights")
    project = copy_project(root)
    flights_data.main(root / ".data" / "raw")
    ran = project.call("run", "--all")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return project


@pytest.mark.parametrize("job", mark_all_but(["clean_flights", "delay_report"], FLIGHTS))
def test_the_example_jobs_pass(flights: SmallProject, resident: Resident, job: str) -> None:
    """A month of real data, whatever order it comes in: the same rows, to the last bit."""
    before = _files(flights.root / ".data")
    told = resident.verify(flights, job, "--quick")
    assert told.code == 0, told.out + told.err
    assert "nothing found in 4 trials" in told.out
    assert _files(flights.root / ".data") == before
