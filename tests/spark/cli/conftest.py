"""The command line, called in this process on the session of the tests: all of it but the start of Spark."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from framework.cli.faults import exit_code_of
from framework.cli.main import cli
from tests.support.project import SmallProject, make_project

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Told:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


class Caller:
    """Calls `sparkjob` in the small project."""

    def __init__(self, project: SmallProject, capsys: pytest.CaptureFixture[str]) -> None:
        self.project = project
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Told:
        """`sparkjob ARGUMENTS`."""
        self._capsys.readouterr()
        code = exit_code_of(cli, list(arguments), name="sparkjob")
        out, err = self._capsys.readouterr()
        return Told(code, out, err)


@pytest.fixture
def sparkjob(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spark: "SparkSession",
) -> Iterator[Caller]:
    """The small project as the working directory; the interpreter's imports are put back after."""
    assert spark is not None
    modules, path, finders = dict(sys.modules), list(sys.path), list(sys.meta_path)
    project = make_project(tmp_path / "project")
    monkeypatch.chdir(project.root)
    yield Caller(project, capsys)
    sys.path[:], sys.meta_path[:] = path, finders
    for name in [name for name in sys.modules if name.partition(".")[0] == "jobs" and name not in modules]:
        del sys.modules[name]
    sys.modules.update({name: m for name, m in modules.items() if name.partition(".")[0] == "jobs"})
