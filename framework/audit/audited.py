"""Staged files that were looked at: the only thing that `publish` takes."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import TYPE_CHECKING

from framework.checks.verdict import Verdict
from framework.interval import Interval
from framework.plan.steps import Target
from framework.stage.staged import Staged

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData

SEAL = object()
"""Known to `audit.audit` alone."""


@dataclass(frozen=True, kw_only=True)
class Audited:
    """A staged output with its verdicts. Made by `audit.audit` alone: anybody else gets TypeError.

    `footers`: the Parquet footer of every staged file, by path. `rows`: rows by interval.
    """

    staged: Staged
    verdicts: tuple[Verdict, ...]
    footers: Mapping[str, "FileMetaData"]
    rows: Mapping[Interval, int]
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not SEAL:
            raise TypeError("only audit.audit() and audit.reaudit_footers() make Audited")

    @property
    def publishable(self) -> tuple[Target, ...]:
        """Targets of the intervals that no critical verdict stops."""
        stopped = {verdict.interval for verdict in self.verdicts if verdict.stops}
        return tuple(t for t in self.staged.targets if t.interval not in stopped)
