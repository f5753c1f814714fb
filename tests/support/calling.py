"""`sparkjob` called in this process, in the small project."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from framework.cli.faults import exit_code_of
from framework.cli.main import cli
from tests.support.golden import normalise
from tests.support.project import SmallProject, make_project


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

    def transcript(self, *commands: str) -> str:
        """What a person sees of each command: stdout, stderr, and the exit code; ids and times taken out."""
        parts = []
        for command in commands:
            told = self(*shlex.split(command))
            parts.append(f"$ sparkjob {command}\n{told.out}{told.err}exit {told.code}\n")
        return normalise("\n".join(parts), self.project.root)


@contextmanager
def calling(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Caller]:
    """The small project as the working directory; the interpreter's imports are put back after."""
    modules, path, finders = dict(sys.modules), list(sys.path), list(sys.meta_path)
    project = make_project(root)
    monkeypatch.chdir(project.root)
    yield Caller(project, capsys)
    sys.path[:], sys.meta_path[:] = path, finders
    for name in [name for name in sys.modules if name.partition(".")[0] == "jobs" and name not in modules]:
        del sys.modules[name]
    sys.modules.update({name: m for name, m in modules.items() if name.partition(".")[0] == "jobs"})
