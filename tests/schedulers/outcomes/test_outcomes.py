"""The same faults under every launcher: the same rows and outcomes, each told in the launcher's words."""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.schedulers.outcomes.clusters import OnStandalone, OnYarn, Packages
from tests.schedulers.outcomes.launchers import AirflowTask, Cron, Make, SparkSubmit
from tests.schedulers.outcomes.scenarios import SCENARIOS, Launcher, published, retry
from tests.schedulers.outcomes.world import World
from tests.schedulers.standalone.rig import Standalone
from tests.schedulers.yarn.rig import Yarn
from tests.support.project import ROOT

TABLE = ROOT / "docs" / "outcomes-by-launcher.md"

ON_HOST = {"spark-submit.sh": SparkSubmit, "make": Make, "cron": Cron, "Airflow": AirflowTask}


@pytest.mark.parametrize("name", ON_HOST)
def test_faults_under_launchers_of_a_host(tmp_path: Path, name: str) -> None:
    """Promises 1 to 4: after each fault readers see what they saw, and at last the new rows, once."""
    world = World(tmp_path / "project")
    folder = tmp_path / "launcher"
    folder.mkdir()
    _play(name, world, ON_HOST[name](world, folder))


def test_faults_on_yarn(tmp_path: Path, yarn: Yarn, packages: Packages) -> None:
    """The same in cluster mode, where the driver dies with the application master."""
    world = World(tmp_path / "project", packages.settings("{type: yarn}", tmp_path / "releases"))
    _play("YARN, cluster mode", world, OnYarn(world, yarn))


def test_faults_on_a_standalone_cluster(tmp_path: Path, standalone: Standalone, packages: Packages) -> None:
    """The same with executors elsewhere."""
    cluster = f'{{type: standalone, master: "{standalone.master}"}}'
    world = World(tmp_path / "project", packages.settings(cluster, tmp_path / "releases"))
    _play("standalone", world, OnStandalone(world, standalone.environment))


def _play(name: str, world: World, launcher: Launcher) -> None:
    said = []
    for scenario in SCENARIOS:
        said.append(scenario(world, launcher))
        sys.stdout.write(f"{name}: {scenario.__name__}: {said[-1]}\n")
    _compare(name, [*said[:-1], _either(said)])


def _either(said: list[str]) -> str:
    """The last cell: whether who lost the race still finds what it would have published is a race too."""
    success, later = said[SCENARIOS.index(published)], said[SCENARIOS.index(retry)]
    races = {f"{success} / {success}", " / ".join(sorted((success, later)))}
    return f"{success} / {success} or {later}" if said[-1] in races else said[-1]


def _compare(name: str, cells: list[str]) -> None:
    """The launcher's row of the table; `UPDATE_GOLDEN=1` writes it."""
    row = f"| {name} | {' | '.join(cells)} |"
    text = TABLE.read_text(encoding="utf-8")
    pattern = re.compile(rf"^\| {re.escape(name)} \|.*$", re.MULTILINE)
    if os.environ.get("UPDATE_GOLDEN"):
        assert pattern.search(text), "the table has a row for each launcher"
        TABLE.write_text(pattern.sub(lambda _: row, text), encoding="utf-8")
        return
    found = pattern.search(text)
    assert found is not None
    assert row == found[0]
