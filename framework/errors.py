"""Faults are values that say what, where and what to do; errors carry them to the exit code."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from framework.outcome import Outcome


@dataclass(frozen=True, kw_only=True, order=True)
class Where:
    """A place in a file of the project: path relative to the project's root, and a line from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong: what, where (a file's line, a dataset, a command), and a hint."""

    what: str
    where: Where | str | None = None
    hint: str | None = None

    @property
    def place(self) -> tuple[str, int, str]:
        """What faults are sorted by: file and line, then the text; those without a place come first."""
        if self.where is None or isinstance(self.where, str):
            return (self.where or "", 0, self.what)
        return (self.where.file, self.where.line, self.what)

    def __str__(self) -> str:
        return self.what if self.where is None else f"{self.where}  {self.what}"


class SparkjobError(Exception):
    """An error that the framework foresees: one or more faults and the outcome they lead to.

    `str(error)` never contains a secret or a row's values.
    """

    outcome: ClassVar[Outcome] = Outcome.FAILED

    def __init__(
        self,
        faults: str | Fault | Sequence[Fault],
        *,
        where: Where | str | None = None,
        hint: str | None = None,
    ) -> None:
        if isinstance(faults, str):
            faults = Fault(what=faults, where=where, hint=hint)
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("; ".join(str(fault) for fault in self.faults))


class MisconfiguredError(SparkjobError):
    """A person has to change a file, a right or a table: exit code 64, retrying does not help."""

    outcome = Outcome.MISCONFIGURED


class RejectedError(SparkjobError):
    """The data broke a rule: exit code 65, nothing was published."""

    outcome = Outcome.REJECTED


class FailedError(SparkjobError):
    """The user's code or the framework failed: exit code 70."""

    outcome = Outcome.FAILED


class RetryError(SparkjobError):
    """Somebody else won, or a service was away: exit code 75, the same run may succeed later."""

    outcome = Outcome.RETRY
