"""The launchers with a cluster behind them: `sparkjob submit` to YARN, and to a standalone cluster."""

import fcntl
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from framework.environment.release import ReleaseRule
from framework.release.lock import load_lock
from framework.release.runtime import environment_name, write_environment
from framework.release.store import archive_path
from tests.schedulers.outcomes.launchers import Started
from tests.schedulers.outcomes.scenarios import Run
from tests.schedulers.outcomes.world import HASTY, LIMIT, World
from tests.schedulers.yarn.rig import Yarn, application_at, link
from tests.support.project import ROOT, SmallProject

_RULE = ReleaseRule(python=f"{sys.version_info[0]}.{sys.version_info[1]}", platform=platform.machine())
_APPLICATION = re.compile(r"application_\d+_\d+")


@dataclass(frozen=True)
class Packages:
    """The archive of Python packages for this machine: one for all projects of these tests."""

    archive: Path

    @classmethod
    def kept(cls) -> "Packages":
        """It takes long to make, and is kept until the lock or the framework is another.

        One process at a time makes it; the others wait for it.
        """
        lock = load_lock(ROOT, _RULE.lock)
        archive = ROOT / ".cache" / "packages" / environment_name(lock, _RULE)
        archive.parent.mkdir(parents=True, exist_ok=True)
        with (archive.parent / "lock").open("w") as alone:
            fcntl.flock(alone, fcntl.LOCK_EX)
            if not archive.exists():
                for earlier in archive.parent.glob("*.tar.gz"):
                    earlier.unlink()
                write_environment(archive, lock, _RULE)
        return cls(archive)

    def put_into(self, folder: Path) -> None:
        """Where it is looked for before it is made."""
        folder.mkdir(parents=True)
        link(self.archive, folder / self.archive.name)

    def settings(self, cluster: str, releases: Path) -> str:
        """Lines of an environment whose releases go to a folder, where the archive is already."""
        self.put_into((releases / archive_path(self.archive.name)).parent)
        return f"""
    release:
      location: "{releases}"
      lock: "{ROOT / _RULE.lock}"
      python: "{_RULE.python}"
      platform: {_RULE.platform}
    cluster: {cluster}
"""


def deploy(project: SmallProject, env: str) -> None:
    """`sparkjob deploy`."""
    done = project.call("deploy", "--env", env)
    assert done.returncode == 0, done.stderr
    assert "environment unchanged" in done.stdout, done.stdout


class Submitted(Started):
    """One `sparkjob submit`."""

    def __init__(self, project: SmallProject, words: Sequence[str], environment: Mapping[str, str]) -> None:
        own = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "XDG_CACHE_HOME": str(project.root.parent)}
        super().__init__(words, project.root, {**environment, **own})


class OnYarn:
    """YARN, in cluster mode."""

    at_once = 2

    def __init__(self, world: World, yarn: Yarn) -> None:
        self._world = world
        self._yarn = yarn
        deploy(world.project, "test")

    def start(self, interval: str, *, env: str = "test") -> "Run":
        """Start it. Nobody's clock runs: see `expire`."""
        del env
        return _OnYarn(self._yarn, self._world.project, submit_words("split", "test", "--interval", interval))

    def expire(self, run: Run) -> None:
        """YARN knows no timeout of an application: who waits for it has it killed."""
        (driver,) = self._world.held(1, run.is_alive)
        self._yarn.kill(application_at(driver))


class _OnYarn(Submitted):
    def __init__(self, yarn: Yarn, project: SmallProject, words: Sequence[str]) -> None:
        super().__init__(project, words, yarn.environment())
        self._yarn = yarn

    def end(self) -> str:
        """The exit code, and what YARN keeps."""
        out = self.output()
        found = _APPLICATION.search(out)
        assert found is not None, out
        assert self._yarn.attempts(found[0]) == 1, "a second attempt of the application master"
        final, diagnostics = self._yarn.status(found[0])
        # Of a sentence with the names of application, attempt and user only this is the same each time.
        said = re.sub(r".*(exitCode: \d+|killed by user).*", r"\1", diagnostics)
        return f"exit {self.process.returncode}; {final}{said and ': '}{said}"


class OnStandalone:
    """A standalone cluster, whose driver is here; with `timeout` where the job has one."""

    at_once = 2

    def __init__(self, world: World, environment: Mapping[str, str]) -> None:
        self._world = world
        self._environment = environment
        deploy(world.project, "test")

    def start(self, interval: str, *, env: str = "test") -> Run:
        """Start it."""
        limit = ("timeout", str(LIMIT)) if env == HASTY else ()
        words = (*limit, *submit_words("split", "test", "--interval", interval))
        return Submitted(self._world.project, words, self._environment)

    def expire(self, run: Run) -> None:
        """`timeout` does it."""


def submit_words(job: str, env: str, *arguments: str) -> tuple[str, ...]:
    """`sparkjob submit …`."""
    return (sys.executable, "-m", "framework.cli.main", "submit", job, "--env", env, *arguments)
