"""What one run says while it is at work: its events, and what its code prints and logs, in one text."""

import logging
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TextIO, cast

from framework.environment.redaction import redact
from framework.run.clock import now

if TYPE_CHECKING:
    from io import TextIOWrapper

_LIMIT = 1_000_000
"""Characters that are kept of a run, the last ones."""


class RunLog:
    """Lines with the time of each (UTC)."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._size = 0
        self._begun = ""
        self._dropped = False

    def line(self, text: str) -> None:
        """Add a whole line, or several."""
        for each in text.splitlines() or [""]:
            stamped = f"{now():%H:%M:%S.%f}"[:-3] + f" {each}\n"
            self._lines.append(stamped)
            self._size += len(stamped)
        while self._size > _LIMIT and len(self._lines) > 1:
            self._size -= len(self._lines.popleft())
            self._dropped = True

    def write(self, text: str) -> None:
        """Add text as it is printed, in pieces."""
        *whole, self._begun = f"{self._begun}{text}".split("\n")
        for each in whole:
            self.line(each)

    @property
    def text(self) -> str:
        """All of it."""
        begun = f"{self._begun}\n" if self._begun else ""
        return ("… earlier lines were left out\n" if self._dropped else "") + "".join(self._lines) + begun

    @contextmanager
    def listening(self) -> Iterator[None]:
        """What this thread prints and logs inside the block belongs here, while `capturing`."""
        earlier = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(earlier)


_CURRENT: ContextVar[RunLog | None] = ContextVar("run_log", default=None)


@contextmanager
def capturing() -> Iterator[None]:
    """Both streams and the log records of this process reach the log of the run in whose thread they come.

    They go where they went before as well, with secrets replaced.
    """
    handler = _Records()
    logging.getLogger().addHandler(handler)
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _copied(out), _copied(err)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        logging.getLogger().removeHandler(handler)


class _Copied:
    """A stream, which may end in a scheduler's log, and the log of the run that writes to it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Pass it on, secrets replaced."""
        log = _CURRENT.get()
        if log is not None:
            log.write(text)
        self._stream.write(redact(text))
        return len(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def _copied(stream: TextIO) -> "TextIOWrapper":
    return cast("TextIOWrapper", _Copied(stream))


class _Records(logging.Handler):
    """Log records of all loggers. Those that nobody else prints go to stderr, as without this handler."""

    def emit(self, record: logging.LogRecord) -> None:
        """Add the record to its run."""
        log = _CURRENT.get()
        if not self._others(logging.getLogger(record.name)):
            if logging.lastResort is not None and record.levelno >= logging.lastResort.level:
                logging.lastResort.handle(record)  # and so to the stream that is copied
        elif log is not None:
            log.line(f"{record.levelname} {record.name}: {self.format(record)}")

    def _others(self, logger: logging.Logger | None) -> bool:
        """Whether a record of `logger` reaches another handler."""
        while logger is not None:
            if any(handler is not self for handler in logger.handlers):
                return True
            logger = logger.parent if logger.propagate else None
        return False
