"""Each guard of publishing is needed: without it a test fails, which passes with it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.publishers.guard import Guard
from tests.faults.publishers.guards import GUARDS, render_page
from tests.support.exhaustive import mark_all_but
from tests.support.project import ROOT

_COPIED = ("framework", "tests", "pyproject.toml")
_FAILED = 1  # pytest's exit code when tests ran and some failed; others are errors of the run itself


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree, so that nobody else meets code without a guard."""
    copy = tmp_path_factory.mktemp("guards")
    for name in _COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("*.pyc"))
        else:
            shutil.copy2(ROOT / name, copy / name)
    return copy


@contextmanager
def _without(guard: Guard, copy: Path) -> Iterator[None]:
    place = copy / guard.path
    text, was = place.read_text(encoding="utf-8"), place.stat()
    without = text
    for there, gone in ((guard.there, guard.gone), *guard.also):
        assert text.count(there) == 1, f"{guard.path} has changed: {guard.name} is to be found anew in it"
        without = without.replace(there, gone)
    place.write_text(without, encoding="utf-8")
    yield
    place.write_text(text, encoding="utf-8")
    os.utime(place, ns=(was.st_atime_ns, was.st_mtime_ns))


def _pytest(copy: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """The outcome of these tests in the copy, whose code comes before that of this checkout."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )


# Redshift's stand-in takes a while to start.
_OFTEN = [each for each in GUARDS if "Redshift" not in each.name or each.name.startswith("compare of")]


def test_with_all_guards_their_tests_pass(copy: Path) -> None:
    """So that what fails without a guard fails for want of it."""
    ran = _pytest(copy, *dict.fromkeys(test for guard in GUARDS for test in guard.tests))
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("guard", mark_all_but(_OFTEN, GUARDS), ids=[guard.name for guard in GUARDS])
def test_without_a_guard_a_test_fails(copy: Path, guard: Guard) -> None:
    """Each of its tests ends with a failure, and not because it could not be run."""
    with _without(guard, copy):
        for test in guard.tests:
            ran = _pytest(copy, test)
            assert ran.returncode == _FAILED, f"{test} says nothing of it: {ran.stdout}{ran.stderr}"


def test_the_page_lists_every_guard_and_its_tests() -> None:
    """docs/guards.md is what stands in `guards.py`."""
    page = ROOT / "docs" / "guards.md"
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(render_page(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == render_page()
