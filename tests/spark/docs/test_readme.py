"""README.md and the guides are run as a reader would run them, in one sequence on one copy of the project.

`SPARKJOB_DOCS=update` writes what was printed into the pages, where it differs from what they show.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.docs.blocks import ROOT, Block, Command, blocks_of, differs

PAGES = (
    "README.md",
    "docs/write-a-job.md",
    "docs/intervals.md",
    "docs/configuration.md",
    "docs/failed-run.md",
    "docs/other-engines.md",
)
"""In the order in which a reader would follow them: each goes on where the one before it ended."""

_NOISE = re.compile(
    r"setting up: |WARNING: |Warning: Ignoring non-Spark config|NOTE: Picked up"
    r"|\S+ +(planned|staged|audited|intent|published|recorded|warning)\b"
)
"""Lines on stderr that tell how far a run is, or that the JVM says."""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[tuple[Command, str]]]:
    """What each command of each page printed."""
    copy = tmp_path_factory.mktemp("reader") / "sparkjob"
    for folder in ("jobs", "configs"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "spark-submit.sh").symlink_to(ROOT / "spark-submit.sh")
    script = ROOT / "scripts" / "flights_data.py"
    subprocess.run([sys.executable, script, copy / ".data" / "raw"], check=True)
    found: dict[str, list[tuple[Command, str]]] = {}
    for page in PAGES:
        for block in blocks_of(ROOT / page):
            found.setdefault(page, []).extend(_follow(block, copy))
    if os.environ.get("SPARKJOB_DOCS") == "update":
        for page, commands in found.items():
            _update(ROOT / page, commands)
    return found


def _follow(block: Block, copy: Path) -> list[tuple[Command, str]]:
    if block.mark == "write":
        assert block.value is not None
        (copy / block.value).write_text(block.text, encoding="utf-8")
    if block.language != "console" or block.mark == "not run":
        return []
    return [(command, _run(command.line, copy)) for command in block.commands]


def _run(line: str, copy: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", line],
        check=False,
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    errors = [error for error in done.stderr.splitlines(keepends=True) if not _NOISE.match(error)]
    return f"{done.stdout}{''.join(errors)}".replace(f"{copy}/", "")


def _update(page: Path, commands: list[tuple[Command, str]]) -> None:
    text = page.read_text(encoding="utf-8")
    for command, output in reversed(commands):
        if differs(command.output, output):
            start, end = command.at
            assert text[start:end] == command.output, f"{page} was edited meanwhile"
            text = f"{text[:start]}{output}{text[end:]}"
    page.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_page_shows_what_is_printed(page: str, printed: Mapping[str, list[tuple[Command, str]]]) -> None:
    """Every command of the page prints what the page shows, but for times and run ids."""
    assert printed[page], "no command of the page was run"
    for command, output in printed[page]:
        assert not differs(command.output, output), (
            f"$ {command.line}\n{output}\nbut the page shows\n{command.output}"
        )


def test_every_command_is_followed() -> None:
    """A page with a command that is to be run is one of those that are run."""
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        name = page.relative_to(ROOT).as_posix()
        runs = any(block.language == "console" and block.mark != "not run" for block in blocks_of(page))
        assert runs == (name in PAGES), name
