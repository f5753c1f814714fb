"""Projects with schedules, and Airflow of both lines."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.schedulers.airflow_home import VERSIONS, Airflow
from tests.schedulers.outcomes.clusters import Packages
from tests.schedulers.standalone.rig import Standalone, serving_standalone
from tests.schedulers.yarn.rig import Yarn, serving_yarn
from tests.support.project import BASE, ROOT, SmallProject, make_project

SCHEDULES = """
    schedules:
      nightly: {cron: "30 2 * * *", timezone: UTC, select: "*"}
"""


@pytest.fixture
def make_airflow(tmp_path: Path) -> Callable[[str], Airflow]:
    """Makes a home of Airflow of a version, on the small project with a nightly schedule."""

    def make(version: str) -> Airflow:
        assert (ROOT / VERSIONS[version] / "made-from").exists(), "scripts/airflow.sh makes it"
        project: SmallProject = make_project(tmp_path / "project", {"configs/base.yml": BASE + SCHEDULES})
        home = tmp_path / "airflow"
        home.mkdir()
        return Airflow(version, home, project)

    return make


@pytest.fixture(scope="session")
def yarn() -> Iterator[Yarn]:
    """A YARN of one node."""
    with serving_yarn({"spark.driver.memory": "640m", "spark.executor.memory": "512m"}) as cluster:
        yield cluster


@pytest.fixture
def standalone() -> Iterator[Standalone]:
    """A standalone cluster of two workers, of which a test may lose one."""
    with serving_standalone(workers=2) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def packages() -> Packages:
    """The archive of Python packages of a release."""
    return Packages.kept()
