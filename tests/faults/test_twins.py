"""Two processes run the same job at once: one publishes, and the exit codes tell the truth."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.support.project import ROOT, SmallProject, make_project

ROUNDS = 20


class Worker:
    """A process that runs command lines of one project, one after the other."""

    def __init__(self, project: SmallProject) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "worker.py")],
            cwd=project.root,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def begin(self, *arguments: str) -> None:
        """Start a command line; `end` waits for it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()

    def end(self) -> int:
        """The exit code of the command line that was begun."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("exit "):
                return int(line.split()[1])
        pytest.fail("the worker died")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[tuple[SmallProject, Worker, Worker]]:
    """A project and two processes, each with its own Spark started."""
    project = make_project(tmp_path)
    pair = Worker(project), Worker(project)
    for worker in pair:
        worker.begin("run", "total", "--json")
    assert [worker.end() for worker in pair] == [75, 75]
    for worker in pair:
        worker.begin("run", "split", "--force")
        assert worker.end() == 0
    yield project, *pair
    for worker in pair:
        worker.process.kill()
        worker.process.wait()


def _rows(project: SmallProject, dataset: str) -> list[tuple[str, int, int]]:
    rows = DeltaTable(project.table(dataset)).to_pyarrow_table().to_pylist()
    return sorted((str(row["day"]), row["sensor"], row["v"]) for row in rows)


def _generation(project: SmallProject, dataset: str, day: str) -> int:
    table = DeltaTable(project.table(dataset))
    following = f"{day[:-2]}{int(day[-2:]) + 1:02}"
    found = table.transaction_version(f"sparkjob:{dataset}:{day}T00:00:00Z/{following}T00:00:00Z#generation")
    return found or 0


def test_first_publishes_race(workers: tuple[SmallProject, Worker, Worker]) -> None:
    """Twenty times a day that was never published, by two at once: rows once, generation 1."""
    project, *pair = workers
    project.write_readings(1, days=28)
    codes = []
    for number in range(ROUNDS):
        day = f"2013-01-{number + 3:02}"
        for worker in pair:
            worker.begin("run", "split", "--interval", day)
        codes.append(sorted(worker.end() for worker in pair))
        assert _generation(project, "small.good", day) == 1
        assert _generation(project, "small.bad", day) == 1
    # The loser finds its own fingerprint published, so both are right to exit 0.
    assert codes == [[0, 0]] * ROUNDS
    expected = [(f"2013-01-{d + 1:02}", s, 1) for d in range(ROUNDS + 2) for s in range(0, 40, 2)]
    assert _rows(project, "small.good") == expected


def test_different_results_race(workers: tuple[SmallProject, Worker, Worker]) -> None:
    """Twenty times the same day by two that would publish different things: one wins, the other says 75."""
    project, *pair = workers
    seen = set()
    for number in range(1, ROUNDS + 1):
        before = _generation(project, "small.good", "2013-01-01")
        values = (number % 4, number % 4 + 4)
        for worker, value in zip(pair, values, strict=True):
            worker.begin("run", "split", "--interval", "2013-01-01", "--param", f"add={value}")
        codes = [worker.end() for worker in pair]
        good = {v for day, _, v in _rows(project, "small.good") if day == "2013-01-01"}
        bad = {v for day, _, v in _rows(project, "small.bad") if day == "2013-01-01"}
        advanced = _generation(project, "small.good", "2013-01-01") - before
        assert len(good) == 1, "a mix"
        assert good == bad, "the outputs of two runs"
        # One after the other both may publish; at once, the loser must not claim success.
        assert codes.count(0) == advanced
        assert set(codes) <= {0, 75}
        seen.add(tuple(sorted(codes)))
        assert len(_rows(project, "small.good")) == 40
    assert (0, 75) in seen, "the two never raced"
