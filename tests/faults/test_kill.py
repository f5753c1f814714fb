"""SIGKILL of the driver at each step event: nothing lost, nothing doubled, and no reader sees a mix."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.support.project import ROOT, SmallProject, make_project

EVENTS = ["planned", "staged", "audited", "intent", "published small.good", "published small.bad", "recorded"]
TABLES = ("small.good", "small.bad")


@pytest.fixture(scope="module")
def poller_of() -> Iterator[object]:
    """Starts a reader of tables, by plain delta-spark, in a process of its own; ends them all."""
    started: list[subprocess.Popen[str]] = []

    def start(project: SmallProject) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).parent / "poll.py"),
                *(str(project.table(t)) for t in TABLES),
            ],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def _kill_at(project: SmallProject, event: str) -> None:
    """Run `split` and SIGKILL the driver, and the JVM with it, when it says `event`."""
    name, _, detail = event.partition(" ")
    process = project.start(["run", "split"])
    assert process.stderr is not None
    for line in process.stderr:
        words = line.split()
        if words[:2] == ["split", name] and (not detail or detail in words):
            os.killpg(process.pid, signal.SIGKILL)
            break
    else:
        pytest.fail(f"the run never said {event}")
    process.stderr.close()
    process.wait(timeout=60)


def _rows(project: SmallProject, dataset: str) -> list[tuple[str, int, int]]:
    table = DeltaTable(project.table(dataset)).to_pyarrow_table().to_pylist()
    return sorted((str(row["day"]), row["sensor"], row["v"]) for row in table)


def _expected(dataset: str, v: int) -> list[tuple[str, int, int]]:
    odd = dataset == "small.bad"
    return [(f"2013-01-0{day}", sensor, v) for day in (1, 2) for sensor in range(40) if sensor % 2 == odd]


@pytest.mark.parametrize("earlier", [False, True], ids=["first", "later"])
@pytest.mark.parametrize("event", EVENTS)
def test_killed_and_run_again_equals_one_clean_run(
    tmp_path: Path,
    event: str,
    earlier: bool,
    poller_of: object,
) -> None:
    """Killed -9 at any step and run again: the rows of one clean run, whole at every look."""
    project = make_project(tmp_path)
    if earlier:
        assert project.call("run", "split").returncode == 0
        project.write_readings(2)
    new = 2 if earlier else 1
    poller = poller_of(project)  # type: ignore[operator]
    _kill_at(project, event)
    again = project.call("run", "split")
    assert again.returncode == 0, again.stderr
    for dataset in TABLES:
        assert _rows(project, dataset) == _expected(dataset, new)
    poller.stdin.close()
    looks = [json.loads(line) for line in poller.stdout]
    assert looks
    for look in looks:
        days = look["v"]
        assert days in ({}, *({d: {str(v): 20} for d in ("2013-01-01", "2013-01-02")} for v in (1, 2)))
    third = project.call("run", "split")
    assert third.returncode == 0
    assert "1 unchanged" in third.stdout
