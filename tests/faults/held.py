"""`sparkjob` that holds still at one of its own events, so that a test can act at that very moment.

    python held.py "published small.good" run split

The command line itself, with one addition: once the named event has been said on stderr, the
process stops itself (SIGSTOP), until SIGCONT.
"""

import os
import signal
import sys
from typing import TextIO


class HeldAt:
    """A stream that passes everything on, and stops the process when a line said `event`."""

    def __init__(self, stream: TextIO, event: str | None) -> None:
        self._stream = stream
        self._event = event
        self._line = ""

    def write(self, text: str) -> int:
        """Pass it on."""
        self._line += text
        return self._stream.write(text)

    def flush(self) -> None:
        """Pass it on; an event is flushed at the end of its line."""
        self._stream.flush()
        *lines, self._line = self._line.split("\n")
        if self._event is not None and any(is_event(line, self._event) for line in lines):
            self._event = None
            os.kill(os.getpid(), signal.SIGSTOP)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def is_event(line: str, event: str) -> bool:
    """Whether a line of stderr, `split  published  small.good`, says `event`: `published small.good`."""
    words = line.split()[1:]
    return words[: len(event.split())] == event.split()


if __name__ == "__main__":
    from framework.cli.main import main

    sys.stderr = HeldAt(sys.stderr, sys.argv[1])  # type: ignore[assignment]
    main(sys.argv[2:])
