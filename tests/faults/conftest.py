"""What the tests of faults share: quick JVMs, a driver that stays, and another team's Spark."""

import fcntl
import os
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pyspark
import pytest

from tests.faults.processes import Plain, Pool, Resident
from tests.faults.tally import TALLY, render_tally
from tests.faults.world import tiny_project
from tests.support.project import SmallProject


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands over what it has counted."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["faults"] = dict(TALLY)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """What a worker has counted."""
    TALLY.update(getattr(node, "workeroutput", {}).get("faults", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One table of all that was done."""
    if TALLY:
        terminalreporter.section("faults")
        terminalreporter.write_line(render_tally(TALLY, failed=bool(terminalreporter.stats.get("failed"))))


_QUIET = "-Xshare:auto -Xlog:disable -Xlog:all=error:stderr"


@pytest.fixture(scope="session", autouse=True)
def quick_start(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every JVM gets Spark's classes from an archive (JEP 350): a run takes 5 s instead of 9.

    It is made once and kept in pytest's cache; a JVM that cannot use it goes on without.
    """
    java = f"{os.environ['JAVA_HOME']}/bin/java" if "JAVA_HOME" in os.environ else "java"
    version = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    key = sha256(f"{version}{pyspark.__version__}{pyspark.__file__}".encode()).hexdigest()[:16]
    assert request.config.cache is not None
    archive = request.config.cache.mkdir("spark-classes") / f"{key}.jsa"
    with archive.with_suffix(".lock").open("w") as lock, pytest.MonkeyPatch.context() as patch:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            _dump(archive, tiny_project(tmp_path_factory.mktemp("archive")), patch)
        fcntl.flock(lock, fcntl.LOCK_UN)
        patch.setenv("JDK_JAVA_OPTIONS", f"-XX:SharedArchiveFile={archive} {_QUIET}")
        yield


def _dump(archive: Path, project: SmallProject, patch: pytest.MonkeyPatch) -> None:
    for old in archive.parent.glob("*.jsa"):
        old.unlink()
    dumped = archive.with_suffix(".part")
    patch.setenv("JDK_JAVA_OPTIONS", f"-XX:ArchiveClassesAtExit={dumped} {_QUIET}")
    ran = project.call("run", "split")
    assert ran.returncode == 0, ran.stderr
    dumped.replace(archive)


@pytest.fixture(scope="session")
def residents(quick_start: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool[Resident]]:
    """Drivers that stay."""
    with Pool(lambda: Resident(tmp_path_factory.mktemp("resident"))) as pool:
        yield pool


@pytest.fixture(scope="session")
def plains(quick_start: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool[Plain]]:
    """Spark of other teams."""
    with Pool(lambda: Plain(tmp_path_factory.mktemp("plain"))) as pool:
        yield pool


@pytest.fixture
def resident(residents: Pool[Resident]) -> Iterator[Resident]:
    """A driver that stays."""
    with residents.lend() as process:
        yield process


@pytest.fixture
def other(residents: Pool[Resident]) -> Iterator[Resident]:
    """A second driver that stays."""
    with residents.lend() as process:
        yield process


@pytest.fixture
def plain(plains: Pool[Plain]) -> Iterator[Plain]:
    """Another team's Spark."""
    with plains.lend() as process:
        yield process


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    """The small project, never run."""
    return tiny_project(tmp_path)
