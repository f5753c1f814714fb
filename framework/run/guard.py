"""Whether this run is still wanted: nobody sent SIGTERM, and the parent is alive."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from framework.errors import RetryError


class Guard:
    """Turns SIGTERM and SIGINT into `RetryError`, or while publishing into a refusal to commit.

    A commit that has begun is not interrupted: it is read back, never torn.

    A scheduler that kills spark-submit leaves the Python driver behind, adopted by another
    process; such an orphan must not publish what its next attempt may publish too.
    """

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._signal: str | None = None
        self._publishing = False

    def check(self) -> None:
        """Raise `RetryError` when the run is not wanted any more. This is `publish.Wanted`."""
        if self._signal:
            raise RetryError(f"stopped by {self._signal}; nothing more is published")
        if os.getppid() != self._parent:
            raise RetryError("the process that started this run is gone; nothing more is published")

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Handle the signals inside this block; the earlier handlers return after it."""
        earlier = {number: signal.signal(number, self._note) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """A block that signals do not interrupt; `check` before it and inside it still refuses."""
        self.check()
        self._publishing = True
        try:
            yield
        finally:
            self._publishing = False

    def _note(self, number: int, _frame: FrameType | None) -> None:
        again = self._signal is not None
        self._signal = signal.Signals(number).name
        if not self._publishing or again:
            self.check()
