"""docs/reference/ is what the code says."""

from inspect import getdoc

import pytest

from framework.cli.main import COMMANDS
from framework.contract import expect
from framework.contract.catalogue import CATALOGUE
from framework.environment.settings import Settings
from framework.outcome import Outcome
from scripts.generate_reference import FOLDER, PAGES


@pytest.mark.parametrize("page", PAGES)
def test_page_is_current(page: str) -> None:
    """Whoever changes a command, key or expectation runs scripts/generate_reference.py."""
    assert (FOLDER / page).read_text(encoding="utf-8") == PAGES[page](), "scripts/generate_reference.py"


def test_no_page_is_left_over() -> None:
    """A page that nothing writes any more is removed."""
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


def test_everything_is_documented() -> None:
    """Each command, key, expectation and outcome has its place, and an expectation its sentence."""
    written = {name: (FOLDER / name).read_text(encoding="utf-8") for name in PAGES}
    for command in COMMANDS:
        assert f"\n## sparkjob {command}\n" in written["cli.md"]
    for key in Settings.model_fields:
        assert f"\n| `{key}` |" in written["configuration.md"]
    for name in CATALOGUE:
        assert f"\n## {name}\n\n{getdoc(getattr(expect, name))}" in written["expectations.md"]
    for outcome in Outcome:
        assert f"\n| `{outcome.value}` |" in written["outcomes.md"]


def test_every_option_is_explained() -> None:
    """An option says what it means; one that takes a choice of words may leave it to them."""
    lines = (FOLDER / "cli.md").read_text(encoding="utf-8").splitlines()
    silent = [line for line in lines if line.startswith("| `") and line.endswith("| |")]
    assert [line for line in silent if "| `[" not in line] == []
