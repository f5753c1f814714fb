"""The archive with the Python packages of a lock, this framework, and a launcher for the cluster's Python.

It has no interpreter: that is the machine's (EMR 7 and EMR's Spark 4 have a Python 3.11). It is no
virtual environment, which would hold the path of one. See docs/decisions/0045.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from framework.environment.release import ReleaseRule
from framework.errors import MisconfiguredError
from framework.generation import digest
from framework.release.archive import Member, address_of, write_archive
from framework.release.lock import Lock

_FRAMEWORK = Path(__file__).resolve().parents[1]
_LAUNCHER = Path(__file__).with_name("launcher.sh")
_PLATFORM = "manylinux_2_28"
"""Wheels for glibc 2.28 and newer; Amazon Linux 2023, on which EMR 7 runs, has 2.34."""
_OF_THIS_MACHINE = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}
_CREDENTIALS = re.compile(r"://[^/@\s]+@")


def environment_name(lock: Lock, rule: ReleaseRule) -> str:
    """The archive's file name, with the address of all that it is made of. Nothing is installed for it."""
    parts = (lock.text, rule.python, rule.platform, _PLATFORM, address_of(_own_members(rule)))
    return f"environment-{digest(parts)[:16]}.tar.gz"


def write_environment(target: Path, lock: Lock, rule: ReleaseRule) -> None:
    """Install the lock's wheels for the cluster's Python and machines, and write the archive.

    Raises `MisconfiguredError` when there is no uv, or when it cannot install them.
    """
    with TemporaryDirectory(dir=target.parent, prefix=".environment-") as scratch:
        folder = Path(scratch, "lib")
        _install(lock, rule, Path(scratch), folder)
        write_archive(target, [*_own_members(rule), *_installed(folder)])


def _own_members(rule: ReleaseRule) -> Iterator[Member]:
    launcher = _LAUNCHER.read_text(encoding="utf-8")
    launcher = launcher.replace("@PYTHON@", rule.python).replace("@PLATFORM@", rule.platform)
    yield Member(path="bin/python", content=launcher.encode(), executable=True)
    for file in sorted(_FRAMEWORK.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            path = file.relative_to(_FRAMEWORK.parent).as_posix()
            yield Member(path=f"lib/{path}", content=file)


def _installed(folder: Path) -> Iterator[Member]:
    for file in folder.rglob("*"):
        path = file.relative_to(folder)
        # Scripts begin with the path of an interpreter; records tell of them, and of the installer.
        is_scripts = path.parts[0] in ("bin", "__pycache__") or path.name == ".lock"
        is_local = path.parent.name.endswith(".dist-info") and path.name in _OF_THIS_MACHINE
        if file.is_file() and not is_scripts and not is_local and file.suffix != ".pyc":
            yield Member(path=f"lib/{path.as_posix()}", content=file)


def _install(lock: Lock, rule: ReleaseRule, scratch: Path, folder: Path) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise MisconfiguredError("uv is needed to install the lock, and there is none", hint="pip install uv")
    requirements = scratch / "requirements.txt"
    requirements.write_text(lock.text, encoding="utf-8")
    words = [uv, "pip", "install", "--quiet", "--no-progress", "--python", sys.executable]
    words += ["--target", str(folder), "--requirements", str(requirements)]
    words += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile-bytecode"]
    words += ["--python-version", rule.python, "--python-platform", f"{rule.platform}-{_PLATFORM}"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  # no shell
    if ended.returncode != 0:
        said = _CREDENTIALS.sub("://***@", ended.stderr).strip().splitlines() or ["nothing"]
        raise MisconfiguredError(
            f"{rule.lock} cannot be installed for Python {rule.python} on {rule.platform}; uv says: "
            + " ".join(line.strip() for line in said[-6:]),
            hint="Wheels are needed: a source distribution cannot be built for another machine.",
        )
