"""Generations of a table's intervals: every row of the ledger is still there."""

from collections.abc import Sequence

from framework.environment.environment import Binding
from framework.interval import GRAINS, Grain, Interval, parse_key
from framework.tables.history import History
from framework.tables.redshift.ledger import LedgerTable, read_numbers, read_past
from framework.tables.redshift.reader import open_ours


class RedshiftHistory:
    """`HistoryReader` for tables of Redshift. Of older generations the rows are not kept."""

    def intervals(self, binding: Binding) -> tuple[Interval, ...]:
        """See `HistoryReader.intervals`."""
        with open_ours(binding) as (connection, table):
            if table is None:
                return ()
            found = (_interval(table, key) for key in read_numbers(connection, table))
            return tuple(sorted(interval for interval in found if interval is not None))

    def history(self, binding: Binding, intervals: Sequence[Interval]) -> History | None:
        """See `HistoryReader.history`."""
        with open_ours(binding) as (connection, table):
            if table is None:
                return None
            return History(table_id=table.id, generations=read_past(connection, table, intervals))


def _interval(table: LedgerTable, key: str) -> Interval | None:
    grain: Grain | None = next((grain for grain in GRAINS if grain == table.grain), None)
    return parse_key(key, grain, table.zone)
