"""The steps of a run, told while they happen: lines for logs, one moving line on a terminal."""

import sys
from typing import TYPE_CHECKING, Literal, Protocol, TextIO

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

EventName = Literal[
    "planned",
    "staging",
    "staged",
    "audited",
    "intent",
    "published",
    "recorded",
    "warning",
    "fates",
    "cleaned",
    "compacted",
    "migrated",
    "adopted",
]


class Reporter(Protocol):
    """Hears what a run does. Events are said after the fact: `staged` when all files are written."""

    def event(self, name: EventName, job: str, detail: str = "") -> None:
        """One step of `job` is done."""
        ...

    def working(self, job: str, detail: str) -> None:
        """`job` is at `detail` right now, or "" when it is done; may be said often."""
        ...

    def follow(self, spark: "SparkSession") -> None:
        """The session has started; its tasks may be shown."""
        ...


class PlainReporter:
    """One line an event, flushed at once: `clean_flights  staged     2 outputs, 62 files`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def event(self, name: EventName, job: str, detail: str = "") -> None:
        """Print the event, in one piece: other threads have events too."""
        self._stream.write(f"{job:<18} {name:<10} {detail}".rstrip() + "\n")
        self._stream.flush()

    def working(self, job: str, detail: str) -> None:
        """Nothing: a log keeps what is done, not what goes on."""

    def follow(self, spark: "SparkSession") -> None:
        """Nothing."""
