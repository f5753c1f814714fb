"""How a job's run of one interval ended, and the exit code that says so to a scheduler."""

from collections.abc import Iterable
from enum import Enum


class Outcome(Enum):
    """One of the seven ends of (job, interval). A scheduler needs to retry only after `RETRY`."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    FAILED = "failed"
    RETRY = "retry"
    MISCONFIGURED = "misconfigured"
    BLOCKED = "blocked"

    @property
    def exit_code(self) -> int:
        """Exit code of a process whose only outcome is this (`sysexits.h` numbers)."""
        return _EXIT_CODES.get(self, 0)

    @property
    def is_current(self) -> bool:
        """Whether what readers see is what this run would have made."""
        return self in (Outcome.PUBLISHED, Outcome.UNCHANGED)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that speaks for several: that of the exit code; published before unchanged."""
    return min(outcomes, key=_GRAVITY.index)


_GRAVITY = (
    Outcome.MISCONFIGURED,
    Outcome.FAILED,
    Outcome.REJECTED,
    Outcome.RETRY,
    Outcome.BLOCKED,
    Outcome.PUBLISHED,
    Outcome.UNCHANGED,
)
_EXIT_CODES = {
    Outcome.MISCONFIGURED: 64,
    Outcome.FAILED: 70,
    Outcome.REJECTED: 65,
    Outcome.RETRY: 75,
}


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """Exit code of a process with these outcomes: 64 if any, else 70, else 65, else 75, else 0."""
    seen = set(outcomes)
    return next((code for outcome, code in _EXIT_CODES.items() if outcome in seen), 0)
