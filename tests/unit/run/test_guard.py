"""A run that is not wanted any more does not publish."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from framework.errors import RetryError
from framework.run.guard import Guard

ROOT = Path(__file__).resolve().parents[3]


def test_sigterm_while_working_ends_the_work() -> None:
    """SIGTERM becomes an error that is a retry, at once, and the earlier handler returns after."""
    before = signal.getsignal(signal.SIGTERM)
    guard = Guard()
    with guard.watching(), pytest.raises(RetryError, match="SIGTERM"), guard.working():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_sigterm_when_a_job_has_ended_refuses_only_the_next() -> None:
    """Between two jobs, and after the last, nothing is broken off: what has ended keeps its outcome."""
    guard = Guard()
    with guard.watching():
        with guard.working():
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        assert guard.interruption is None
        with pytest.raises(RetryError, match="SIGTERM"), guard.working():
            pytest.fail("began to work after SIGTERM")


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


def test_second_signal_while_publishing_does_not_tear_the_commit() -> None:
    """Between commit and read-back no number of signals interrupts, also while two jobs publish."""
    guard = Guard()
    with guard.watching():
        with guard.working(), guard.publishing(), guard.publishing():
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGTERM)
                os.kill(os.getpid(), signal.SIGINT)
            read_back = True
        assert read_back
        assert guard.interruption is None
        with pytest.raises(RetryError):
            guard.check()


def test_a_signal_does_not_raise_where_others_do_the_work() -> None:
    """The main thread waits for runs in other threads: it is told to break them off, and they say 75."""
    guard = Guard()
    begun, go_on = threading.Event(), threading.Event()
    said: list[RetryError | None] = []

    def work() -> None:
        with contextlib.suppress(RetryError), guard.working():
            begun.set()
            go_on.wait(30)
            said.append(guard.interruption)
            guard.check()

    thread = threading.Thread(target=work)
    with guard.watching():
        thread.start()
        begun.wait(30)
        assert not guard.is_stopped
        os.kill(os.getpid(), signal.SIGTERM)
        assert guard.is_stopped
        assert guard.interruption is None
        guard.break_off()
        go_on.set()
        thread.join()
    assert "SIGTERM" in str(said[0])


def test_a_signal_is_the_outcome_also_when_somebody_swallows_it() -> None:
    """What broke off is known after a library or the user's code has made another error of it."""
    guard = Guard()
    assert guard.interruption is None
    with guard.watching(), contextlib.suppress(Exception), guard.working():
        os.kill(os.getpid(), signal.SIGTERM)
    assert "SIGTERM" in str(guard.interruption)


def test_handlers_are_ours_again_after_spark_has_replaced_them() -> None:
    """PySpark's own SIGINT handler does not outlive the start of the session, nor act during it."""

    def pysparks(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    def open_spark() -> None:
        with guard.opening_spark():
            signal.signal(signal.SIGINT, pysparks)
            os.kill(os.getpid(), signal.SIGINT)

    guard = Guard()
    before = signal.getsignal(signal.SIGINT)
    with guard.watching():
        with pytest.raises(RetryError, match="SIGINT"), guard.working():
            open_spark()
        assert guard.interruption is not None
        assert signal.getsignal(signal.SIGINT) not in (pysparks, before)


def test_a_session_that_nobody_watches_keeps_its_handlers() -> None:
    """In a notebook, where the command line is not the process, nothing is installed."""
    before = signal.getsignal(signal.SIGINT)
    with Guard().opening_spark():
        pass
    assert signal.getsignal(signal.SIGINT) is before


_ORPHAN = """
import os, sys
parent = os.getpid()
told, tell = os.pipe()
if os.fork() == 0:
    from framework.run import guard
    from framework.errors import RetryError
    os.write(tell, b"x")
    while os.getppid() == parent: pass
    try: guard.Guard().check()
    except RetryError as error: sys.stdout.write(str(error))
    else: sys.stdout.write("would publish")
    sys.stdout.flush()
    os._exit(0)
os.read(told, 1)
os._exit(0)
"""


def _told_by(script: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=30,
    )
    return ended.stdout


def test_orphan_refuses_to_publish() -> None:
    """A driver whose parent died (spark-submit was killed), be it while it loads its project."""
    assert "the process that started this run is gone" in _told_by(_ORPHAN)


_LEFT_ALONE = """
import os, sys
scheduler = os.getpid()
told, tell = os.pipe()
if os.fork() == 0:
    open("/proc/self/comm", "w").write("java")
    if os.fork():
        os.wait()
        os._exit(0)
    from framework.run import guard
    from framework.errors import RetryError
    os.write(tell, b"x")
    while guard.starters()[1] == scheduler: pass
    try: guard.Guard().check()
    except RetryError as error: sys.stdout.write(str(error))
    else: sys.stdout.write("would publish")
    sys.stdout.flush()
    os._exit(0)
os.read(told, 1)
os._exit(0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who started another process")
def test_a_driver_whose_spark_submit_is_left_alone_refuses_too() -> None:
    """The scheduler's task was killed, and spark-submit is nobody's child any more."""
    assert "the process that started this run is gone" in _told_by(_LEFT_ALONE)
