"""Projects with schedules, and Airflow of both lines."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.schedulers.airflow_home import VERSIONS, Airflow
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
