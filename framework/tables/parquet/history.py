"""Generations of a Parquet table's intervals: every pointer that was ever put is still there."""

from collections.abc import Sequence
from dataclasses import replace

from framework.environment.environment import Binding
from framework.environment.objects import list_objects
from framework.interval import Interval
from framework.tables.history import History, PastFile, PastGeneration
from framework.tables.parquet.names import folder_of, numbered
from framework.tables.parquet.pointer import Pointer
from framework.tables.parquet.table import PointerTable, open_table, read_names, read_pointers


class ParquetHistory:
    """`HistoryReader` for Parquet tables."""

    def intervals(self, binding: Binding) -> tuple[Interval, ...]:
        """See `HistoryReader.intervals`."""
        table = _open(binding)
        if table is None:
            return ()
        found = (table.interval_of(folder) for folder in read_names(table).pointed)
        return tuple(sorted(interval for interval in found if interval is not None))

    def history(self, binding: Binding, intervals: Sequence[Interval]) -> History | None:
        """See `HistoryReader.history`."""
        table = _open(binding)
        if table is None:
            return None
        names = read_names(table, intervals)
        numbers = {interval: number for interval in intervals if (number := names.of(interval))}
        found: dict[Interval, list[PastGeneration]] = {interval: [] for interval in numbers}
        written = {
            each.path: each.modified
            for each in list_objects(table.location, numbered(table.id, "").rstrip("/"))
        }
        for age in range(max(numbers.values(), default=0)):
            wanted = {interval: last - age for interval, last in numbers.items() if last > age}
            for interval, pointer in read_pointers(table, wanted).items():
                moment = written.get(table.place(folder_of(interval), pointer.number))
                found[interval].append(replace(_past(interval, pointer), published=moment))
        return History(table_id=table.id, generations=found)


def _open(binding: Binding) -> PointerTable | None:
    table = open_table(binding.location)
    return None if table is None or table.dataset != binding.dataset else table


def _past(interval: Interval, pointer: Pointer) -> PastGeneration:
    return PastGeneration(
        interval=interval,
        number=pointer.number,
        run_id=pointer.run_id,
        stage_id=pointer.stage_id,
        fingerprint=pointer.fingerprint,
        parts=pointer.parts,
        rows=pointer.rows,
        files=tuple(
            PastFile(path=file.path, size=file.size, partition=file.partition) for file in pointer.files
        ),
        restored=pointer.restored,
    )
