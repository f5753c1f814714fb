"""README.md and the guides are run as a reader would run them, in one sequence on one copy of the project.

A plain `sparkjob …` is called in this process, on the session of the tests; the rest is given to bash.
`SPARKJOB_DOCS=update` writes what was printed into each page that shows anything else: all of it, so
that a page is of one run.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from framework.cli.faults import exit_code_of
from framework.cli.main import cli
from tests.support.project import copy_project
from tests.unit.docs.blocks import ROOT, Block, Command, blocks_of, differences

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PAGES = (
    "README.md",
    "docs/write-a-job.md",
    "docs/test-a-job.md",
    "docs/intervals.md",
    "docs/configuration.md",
    "docs/failed-run.md",
    "docs/other-engines.md",
)
"""In the order in which a reader would follow them: each goes on where the one before it ended."""

_NOISE = re.compile(
    r"setting up: |WARNING: |Warning: Ignoring non-Spark config|NOTE: Picked up"
    r"|[A-Za-z_]\S* +(planned|staged|audited|intent|published|recorded|warning)\b"
)
"""Lines that tell how far a run is, or that the JVM says."""


@pytest.fixture(scope="module")
def printed(
    tmp_path_factory: pytest.TempPathFactory, spark: "SparkSession"
) -> Mapping[str, list[tuple[Command, str]]]:
    """What each command of each page printed."""
    assert spark is not None
    copy = tmp_path_factory.mktemp("reader") / "sparkjob"
    copy_project(copy)
    (copy / "spark-submit.sh").symlink_to(ROOT / "spark-submit.sh")
    raw = copy / ".data" / "raw"
    subprocess.run([sys.executable, ROOT / "scripts" / "flights_data.py", raw], check=True)
    for name, january in (("flights.csv", "2013,1,"), ("weather.csv", ",2013,1,")):
        _keep(raw / name, january)
    found: dict[str, list[tuple[Command, str]]] = {}
    with chdir(copy), _own_imports():
        for page in PAGES:
            for block in blocks_of(ROOT / page):
                found.setdefault(page, []).extend(_follow(block, copy))
    if os.environ.get("SPARKJOB_DOCS") == "update":
        for page, commands in found.items():
            _update(ROOT / page, commands)
    return found


def _keep(file: Path, text: str) -> None:
    """Only the month that the pages are about: the others' rows would be read, and thrown away."""
    header, *rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text(
        "".join([header, *(row for row in rows if text in row[: len(text) + 3])]), encoding="utf-8"
    )


def _follow(block: Block, copy: Path) -> list[tuple[Command, str]]:
    if block.mark == "write":
        assert block.value is not None
        file = copy / block.value
        file.parent.mkdir(exist_ok=True)
        file.write_text(block.text, encoding="utf-8")
    if block.language != "console" or block.mark == "not run":
        return []
    return [(command, _run(command.line, copy)) for command in block.commands]


def _run(line: str, copy: Path) -> str:
    plain = line.startswith("sparkjob ") and not set(line) & set(";|&<>$")
    said = _call(line) if plain else _run_in_bash(line)
    return "".join(each for each in said if not _NOISE.match(each)).replace(f"{copy}/", "")


def _call(line: str) -> list[str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        exit_code_of(cli, shlex.split(line)[1:], name="sparkjob")
    return f"{out.getvalue()}{err.getvalue()}".splitlines(keepends=True)


def _run_in_bash(line: str) -> list[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", line], check=False, env=environment, capture_output=True, text=True, timeout=300
    )
    # spark-submit puts both streams of its Python into one.
    return f"{done.stdout}{done.stderr}".splitlines(keepends=True)


@contextmanager
def _own_imports() -> Iterator[None]:
    """The copy's jobs are imported in place of the repository's, which come back after."""
    modules, path, finders = dict(sys.modules), list(sys.path), list(sys.meta_path)
    yield
    sys.path[:], sys.meta_path[:] = path, finders
    for name in [name for name in sys.modules if name.partition(".")[0] == "jobs"]:
        del sys.modules[name]
    sys.modules.update({name: m for name, m in modules.items() if name.partition(".")[0] == "jobs"})


def _update(page: Path, commands: list[tuple[Command, str]]) -> None:
    if not any(_differences(commands)):
        return
    text = page.read_text(encoding="utf-8")
    for command, output in reversed(commands):
        start, end = command.at
        assert text[start:end] == command.output, f"{page} was edited meanwhile"
        # Nothing is set up here, and a reader sees it.
        first = re.match(r"(?:setting up: .*\n)*", command.output)
        text = f"{text[:start]}{first[0] if first else ''}{output}{text[end:]}"
    page.write_text(text, encoding="utf-8")


def _differences(commands: list[tuple[Command, str]]) -> list[bool]:
    return differences((command.output, output) for command, output in commands)


@pytest.mark.parametrize("page", PAGES)
def test_page_shows_what_is_printed(page: str, printed: Mapping[str, list[tuple[Command, str]]]) -> None:
    """Every command of the page prints what the page shows, but for times and run ids."""
    assert printed[page], "no command of the page was run"
    for (command, output), differs in zip(printed[page], _differences(printed[page]), strict=True):
        assert not differs, f"$ {command.line}\n{output}\nbut the page shows\n{command.output}"


def test_every_command_is_followed() -> None:
    """A page with a command that is to be run is one of those that are run."""
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        name = page.relative_to(ROOT).as_posix()
        runs = any(block.language == "console" and block.mark != "not run" for block in blocks_of(page))
        assert runs == (name in PAGES), name
