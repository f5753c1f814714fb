"""Released jobs on a standalone cluster: a machine that goes away, a Python that does not fit."""

import sys
from pathlib import Path

import pytest

from tests.schedulers.outcomes.clusters import OnStandalone, Packages
from tests.schedulers.outcomes.launchers import Started
from tests.schedulers.outcomes.scenarios import NEW
from tests.schedulers.outcomes.world import DAYS, World
from tests.schedulers.standalone.rig import Standalone
from tests.support.project import ROOT


@pytest.fixture
def world(tmp_path: Path, standalone: Standalone, packages: Packages) -> World:
    """The project of the fault suite, for this cluster."""
    cluster = f'{{type: standalone, master: "{standalone.master}"}}'
    return World(tmp_path / "project", packages.settings(cluster, tmp_path / "releases"))


def test_a_worker_is_lost(world: World, standalone: Standalone) -> None:
    """With half of the machines gone in the middle of the run the rows are those of a quiet one."""
    launcher = OnStandalone(world, standalone.environment)
    world.give(NEW)
    world.hold_still()
    run = launcher.start(DAYS)
    world.held(1, run.is_alive)
    standalone.lose(0)
    world.release()
    assert run.end() == "exit 0"
    assert world.values() == {NEW}
    assert world.outcomes() == ["published"]


# A Python that says of itself to be 3.9 when Spark asks.
_OTHER = """#!{python}
import collections, runpy, sys
V = collections.namedtuple("V", "major minor micro releaselevel serial")
import pyspark.daemon, pyspark.worker
sys.version_info = V(3, 9, 0, "final", 0)
sys.argv = sys.argv[2:]  # after -m
runpy.run_module("pyspark.daemon", run_name="__main__", alter_sys=True)
"""
_BROKEN = """#!/bin/sh
echo "no Python for you" >&2
exit 64
"""


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (_OTHER, "the executors' Python is 3.9, and the driver's is {own}"),
        (_BROKEN, "the executors' Python does not start: no Python for you"),
        (None, "the executors have no Python at {path}"),
    ],
    ids=["other", "broken", "none"],
)
def test_executors_with_another_python(
    tmp_path: Path, world: World, standalone: Standalone, program: str | None, said: str
) -> None:
    """It is said in a line before the job's code is called, with 64 and a hint, and nothing is staged."""
    path = tmp_path / "python"
    if program is not None:
        path.write_text(program.format(python=sys.executable))
        path.chmod(0o755)
    world.give(NEW)
    world.hold_still()  # where the job would stay if it was called
    environment = {**standalone.environment, "PYTHONPATH": str(ROOT)}
    words = ["--master", standalone.master, "--conf", f"spark.pyspark.python={path}"]
    words += ["--conf", f"spark.pyspark.driver.python={sys.executable}"]
    words += [str(world.project.root / "jobs" / "split.py"), "--env", "test", "--interval", DAYS]
    run = Started([f"{environment['SPARK_HOME']}/bin/spark-submit", *words], world.project.root, environment)
    out = run.output()
    assert run.process.returncode == 64, out
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert said.format(own=own, path=path) in out
    assert "Hint: Start the job by sparkjob submit" in out
    assert world.outcomes() == ["misconfigured"]
    assert not list(world.project.table("small.good").glob("data/*"))
