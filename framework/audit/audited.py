"""Staged files that were looked at: the only thing that `publish` takes."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import TYPE_CHECKING

from framework.audit.statistics import FooterStatistics
from framework.checks.verdict import Verdict
from framework.interval import Interval
from framework.plan.steps import Target
from framework.stage.staged import Staged

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData

SEAL = object()
"""Known to the modules of this room alone, which look before they make one."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a verdict on the table, or a merge, is true of: this version, with these intervals published."""

    version: int
    intervals: frozenset[Interval]


@dataclass(frozen=True, kw_only=True)
class Audited:
    """A staged output with its verdicts. Who has not looked at its files cannot make one: TypeError.

    Made by `audit.audit` and `audit.reaudit_footers`; `audit_split` and `audit_table` add their verdicts.
    `footers`: the Parquet footer of every staged file, by path. `rows`: rows by interval. `seen`: where
    critical rules, or a merge, looked at the table itself; only there, and all at once, is it published.
    """

    staged: Staged
    verdicts: tuple[Verdict, ...]
    footers: Mapping[str, "FileMetaData"]
    rows: Mapping[Interval, int]
    seen: Seen | None = None
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not SEAL:
            raise TypeError("only audit.audit() and audit.reaudit_footers() make Audited")

    @property
    def publishable(self) -> tuple[Target, ...]:
        """Targets of the intervals that no critical verdict stops."""
        stops = [verdict for verdict in self.verdicts if verdict.stops]
        return tuple(t for t in self.staged.targets if not any(v.concerns(t.interval) for v in stops))

    def statistics(self, interval: Interval) -> FooterStatistics:
        """What the footers of an interval's files say exactly."""
        schema = self.staged.output.schema
        assert schema is not None, "contract.validate comes first"
        return FooterStatistics([self.footers[file.path] for file in self.staged.of(interval)], schema)
