"""A run that is not wanted any more does not publish."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from framework.errors import RetryError
from framework.run.guard import Guard

ROOT = Path(__file__).resolve().parents[3]


def test_sigterm_while_working_ends_the_work() -> None:
    """SIGTERM becomes an error that is a retry, at once, and the earlier handler returns after."""
    before = signal.getsignal(signal.SIGTERM)
    guard = Guard()
    with guard.watching(), pytest.raises(RetryError, match="SIGTERM"):
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_sigterm_while_publishing_lets_the_commit_end_and_refuses_the_next() -> None:
    """A commit under way is not torn; the check before the next one refuses."""
    guard = Guard()
    with guard.watching():
        with guard.publishing():
            os.kill(os.getpid(), signal.SIGTERM)
            committed = True
            with pytest.raises(RetryError, match="nothing more is published"):
                guard.check()
        assert committed
        with pytest.raises(RetryError), guard.publishing():
            pytest.fail("began to publish after SIGTERM")


_ORPHAN = """
import os, sys
from framework.errors import RetryError
from framework.run.guard import Guard
parent = os.getpid()
told, tell = os.pipe()
if os.fork() == 0:
    guard = Guard()
    os.write(tell, b"x")
    while os.getppid() == parent: pass
    try: guard.check()
    except RetryError as error: sys.stdout.write(str(error))
    else: sys.stdout.write("would publish")
    sys.stdout.flush()
    os._exit(0)
os.read(told, 1)
os._exit(0)
"""


def test_orphan_refuses_to_publish() -> None:
    """A driver whose parent is gone (spark-submit was killed) does not publish."""
    told = subprocess.run(
        [sys.executable, "-c", _ORPHAN],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=30,
    )
    assert "the process that started this run is gone" in told.stdout
