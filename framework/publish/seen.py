"""What was made, or said, of a whole table is true of the version that was looked at, and of no other."""

from collections.abc import Iterable

from framework.audit.audited import Audited
from framework.errors import RetryError
from framework.plan.steps import Target

LOOK_AGAIN = "Run the job again: what it makes, or its rules, look at the whole table as it is then."
"""The hint for who lost the version that was looked at."""


def check_seen(audited: Audited, targets: Iterable[Target], version: int | None, *, ours: int = 0) -> None:
    """Raise `RetryError` when committing `targets` on `version` makes another table than was looked at.

    `ours`: how many commits without rows this publish itself has made since.
    """
    seen = audited.seen
    if seen is None:
        return
    what = None
    if version != seen.version + ours:
        what = "the table changed since it was checked"
    elif {target.interval for target in targets} != seen.intervals:
        what = "another run has published a part of what the table was checked with"
    if what is not None:
        raise RetryError(what, where=audited.staged.binding.location.uri, hint=LOOK_AGAIN)
