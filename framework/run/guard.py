"""Whether this run is still wanted: nobody sent SIGTERM, and the parent is alive."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from framework.errors import RetryError


def starters() -> tuple[int, ...]:
    """Process ids of who started this process and, where that is a JVM (spark-submit's), of who started that.

    A scheduler's task that is killed leaves spark-submit alive and alone. (Linux tells; elsewhere, and for a
    process that is hidden from us, it is the parent only.) Source: proc(5), «/proc/pid/stat».
    """
    parent = os.getppid()
    try:
        name, _, fields = Path(f"/proc/{parent}/stat").read_text().partition("(")[2].rpartition(")")
    except OSError:
        return (parent,)
    return (parent, int(fields.split()[1])) if name == "java" else (parent,)


_STARTERS = starters()
"""Taken at the import, before seconds go by over project and configuration."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Guard:
    """Turns SIGTERM and SIGINT into `RetryError` where work is done, elsewhere into a refusal of more work.

    A commit that has begun is not interrupted, by no number of signals: it is read back, never torn.

    A scheduler that kills spark-submit leaves the Python driver behind, adopted by another
    process; such an orphan must not publish what its next attempt may publish too.

    A signal breaks off the main thread's own work at once. Work in other threads cannot be: who started
    them looks at `is_stopped` and calls `break_off`.
    """

    def __init__(self) -> None:
        self._signal: str | None = None
        self._interrupted = False
        self._watching = False
        self._working = 0
        self._publishing = 0

    def check(self) -> None:
        """Raise `RetryError` when the run is not wanted any more. This is `publish.Wanted`."""
        if self._signal is not None:
            raise RetryError(f"stopped by {self._signal}; nothing more is published")
        if starters() != _STARTERS:
            raise RetryError("the process that started this run is gone; nothing more is published")

    @property
    def is_stopped(self) -> bool:
        """Whether `check` raises."""
        return self._signal is not None or starters() != _STARTERS

    def break_off(self) -> None:
        """What the threads at work raise from now on says nothing: the caller takes Spark away from them."""
        self._interrupted = True

    @property
    def interruption(self) -> RetryError | None:
        """Why the work was broken off, if it was: then whatever it raised says nothing.

        A call into Spark loses our error on its way (Py4J makes one of its own of every
        exception that comes while it waits for the JVM), and the user's code may swallow it.
        """
        if not self._interrupted and starters() == _STARTERS:
            return None
        try:
            self.check()
        except RetryError as error:
            return error
        return None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Handle the signals inside this block; the earlier handlers return after it."""
        earlier = {number: signal.signal(number, self._note) for number in _SIGNALS}
        self._watching = True
        try:
            yield
        finally:
            self._watching = False
            for number, handler in earlier.items():
                signal.signal(number, handler)

    @contextmanager
    def opening_spark(self) -> Iterator[None]:
        """A block that starts a Spark session, which puts a handler of its own in place of ours.

        PySpark's handler for SIGINT (`SparkContext._do_init`) raises `KeyboardInterrupt`, which
        would pass everybody who makes a record of a run's end.
        """
        try:
            yield
        except KeyboardInterrupt:
            self._signal = signal.SIGINT.name
            self._interrupted = True
            raise RetryError(f"stopped by {self._signal}; nothing more is published") from None
        finally:
            # Only the main thread can, and PySpark replaces it only there.
            if self._watching and threading.current_thread() is threading.main_thread():
                for number in _SIGNALS:
                    signal.signal(number, self._note)

    @contextmanager
    def working(self) -> Iterator[None]:
        """A block that signals break off. Outside of it they are noted: what has ended stays ended."""
        self.check()
        self._count("_working", +1)
        try:
            yield
        finally:
            self._count("_working", -1)

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """A part of the work that signals do not break off; `check` before and inside it still refuses."""
        self.check()
        self._count("_publishing", +1)
        try:
            yield
        finally:
            self._count("_publishing", -1)

    def _count(self, name: str, change: int) -> None:
        # Signals are handled in the main thread, and can break off nothing else.
        if threading.current_thread() is threading.main_thread():
            setattr(self, name, getattr(self, name) + change)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._signal = signal.Signals(number).name
        if self._working and not self._publishing:
            self._interrupted = True
            self.check()
