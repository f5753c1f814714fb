"""The generations that a dataset's intervals have and had, as far as its table still tells them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from framework.environment.environment import Binding
from framework.generation import Fingerprint
from framework.interval import Interval


@dataclass(frozen=True, kw_only=True, order=True)
class PastFile:
    """One file of a generation: path below the table's root (unescaped), bytes, partition values as text."""

    path: str
    size: int
    partition: Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class PastGeneration:
    """One generation of an interval; None is unknown: the log of it has expired, or does not tell.

    `fingerprint`: 63 bits, 0 when what it was made of was unknown even then. `files`: as it was
    published. `restored`: the number of the generation whose rows a rollback gave it.
    """

    interval: Interval
    number: int
    published: datetime | None = None
    run_id: str | None = None
    stage_id: str | None = None
    fingerprint: int | None = None
    parts: Fingerprint | None = None
    rows: int | None = None
    files: tuple[PastFile, ...] | None = None
    restored: int | None = None

    @property
    def size(self) -> int | None:
        """Bytes of all files."""
        return None if self.files is None else sum(file.size for file in self.files)


@dataclass(frozen=True, kw_only=True)
class History:
    """All generations of each interval that has one, the current first. `table_id`: of this creation."""

    table_id: str
    generations: Mapping[Interval, Sequence[PastGeneration]]

    def find(self, interval: Interval, number: int) -> PastGeneration | None:
        """One generation; None when the interval never had that number."""
        return next((each for each in self.generations.get(interval, ()) if each.number == number), None)


class HistoryReader(Protocol):
    """Looks back, without a JVM. Raises as `TableReader` does."""

    def intervals(self, binding: Binding) -> tuple[Interval, ...]:
        """Every interval that has a generation, oldest first."""
        ...

    def history(self, binding: Binding, intervals: Sequence[Interval]) -> History | None:
        """The generations of these intervals; None where there is no table of ours."""
        ...


def history_of(binding: Binding) -> HistoryReader | None:
    """Who tells the history of a binding's format; None for one whose generations nobody keeps."""
    if binding.source:
        return None
    if binding.format == "delta":
        from framework.tables.delta.history import DeltaHistory

        return DeltaHistory()
    if binding.format == "parquet":
        from framework.tables.parquet.history import ParquetHistory

        return ParquetHistory()
    if binding.format == "redshift":
        from framework.tables.redshift.history import RedshiftHistory

        return RedshiftHistory()
    return None
