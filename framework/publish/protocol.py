"""What every publisher does, on disk, S3 or in memory; one shared suite tests them all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from framework.audit.audited import Audited
from framework.checks.builtin import Constraint
from framework.contract.types import Output
from framework.environment.environment import Binding
from framework.errors import RetryError
from framework.generation import Generation
from framework.interval import Interval
from framework.plan.steps import Target

Wanted = Callable[[], None]
"""Raises `RetryError` when the run is not wanted any more (SIGTERM, lost parent)."""


class StageLostError(RetryError):
    """The staged files are gone, changed, too old, or being cleaned up: only staging anew helps."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A table as `prepare` found or made it, and as every later look must find it again.

    `table_id` is new for each creation, so that a table that was dropped and created anew is
    another one.
    """

    output: Output
    binding: Binding
    owner: str
    grain: str | None
    zone: str
    table_id: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of one interval: `generation` is the one now published, ours or the winner's.

    `published`: by this run. `unchanged`: another run published the same fingerprint first.
    `retry`: another run published something else first. `retries`: why the publish was tried again.
    """

    interval: Interval
    outcome: Literal["published", "unchanged", "retry"]
    generation: Generation
    retries: tuple[str, ...] = ()


class Publisher(Protocol):
    """Publishes one format."""

    def prepare(
        self, output: Output, binding: Binding, *, owner: str, grain: str | None, zone: str = "UTC"
    ) -> Prepared:
        """Create the empty table; refuse by name what cannot be published to.

        Called before anything is staged, by the process that publishes. `owner` is the project's
        name; `zone` the time zone of the job's calendar. Raises `MisconfiguredError` for a table
        of another owner, grain or zone, an unknown table feature, a schema that is not a widening.
        """
        ...

    def constraints(self, prepared: Prepared) -> tuple[Constraint, ...]:
        """Rules of the table itself (CHECK and NOT NULL).

        The commit does not enforce them: they are compiled into the audit.
        """
        ...

    def publish(
        self, prepared: Prepared, audited: Audited, targets: Sequence[Target], *, wanted: Wanted
    ) -> tuple[Receipt, ...]:
        """Publish these targets of `audited.publishable` in one atomic commit, compare-and-set.

        Each target's `expected` generation must still be the current one; one whose generation
        has moved gets a receipt of `unchanged` or `retry`, and the others are published. After an
        error nobody knows less: what is published is read back, and found to be ours or not.

        With `audited.seen` it commits on that very version of the table, and all that was seen with
        it, or nothing.

        Raises `StageLostError`; `RetryError` when the store does not answer, the run is not wanted,
        the table is not the prepared one any more, or not as it was seen; `MisconfiguredError` when
        it became one that must not be touched; `FailedError` for files that are not what the table
        wants.
        """
        ...
