"""`TableReader` for Redshift: what is published by the ledger, rows by UNLOAD."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from framework.environment.environment import Binding
from framework.errors import RetryError
from framework.generation import Generation, Pin
from framework.interval import Interval
from framework.tables.contents import Contents
from framework.tables.protocol import ALL_ROWS, Reading
from framework.tables.redshift.connection import PATIENCE, Connection, connect
from framework.tables.redshift.contents import CountedStatistics
from framework.tables.redshift.errors import ConnectionLostError, StatementError, explain, lost
from framework.tables.redshift.foreign import pin_foreign
from framework.tables.redshift.ledger import (
    LedgerTable,
    read_generations,
    read_numbers,
    read_table,
    read_version,
)
from framework.tables.redshift.names import names_of
from framework.tables.redshift.rows import count_all, count_rows
from framework.tables.redshift.shape import choose_columns, read_shape, relation_of
from framework.tables.redshift.unload import read_unloaded, unload

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from framework.contract.types import Input


class RedshiftReader:
    """Reads tables of Redshift."""

    def published(self, binding: Binding, intervals: Iterable[Interval]) -> Mapping[Interval, Generation]:
        """The current generation of each interval that has one; `live` is by the number of its rows."""
        with open_ours(binding) as (connection, table):
            return {} if table is None else read_generations(connection, table, intervals)

    def pin(self, binding: Binding, intervals: Iterable[Interval]) -> Pin:
        """The ledger's version, which counts publishes; of a foreign table what `version_query` says."""
        with open_ours(binding) as (connection, table):
            if table is None:
                return pin_foreign(connection, binding)
            return _pin(connection, table, intervals)

    def contents(self, binding: Binding, intervals: Iterable[Interval]) -> Contents | None:
        """The number of rows, counted."""
        asked = tuple(intervals)
        with open_ours(binding) as (connection, table):
            if table is None:
                return None
            pin = _pin(connection, table, asked)
            rows = count_rows(connection, table, asked)
            rest = count_all(connection, table) - sum(rows.values())
        of = {i: CountedStatistics(rows[i]) for i in asked if i in pin.generations}
        return Contents(pin=pin, of=of, rest=CountedStatistics(rest))

    def scan(
        self,
        spark: "SparkSession",
        binding: Binding,
        pin: Pin,
        declared: "Input",
        reading: Reading = ALL_ROWS,
    ) -> "DataFrame":
        """The rows by UNLOAD, of the columns that the input declares.

        A SUPER that no contract knows is JSON text. The rows lie in a directory of the run, to be
        removed by `remove_unloaded`. Raises `RetryError` when what was pinned has moved on since:
        Redshift keeps no earlier version.
        """
        label = _label(binding, reading)
        relation = relation_of(binding)
        wanted = declared.columns
        if wanted is not None and reading.time is not None:
            wanted = (*wanted, reading.time.name)
        with _session(binding, label) as connection:
            connection.execute("BEGIN")
            # Its CREATE takes the snapshot from which UNLOAD reads. What is pinned still after that is in
            # it; another session looks, so that this one holds no lock of the ledger while it unloads.
            columns = choose_columns(binding, read_shape(connection, relation), wanted)
            with _session(binding, label, at_most=PATIENCE) as other:
                _require_pinned(other, binding, pin, declared)
            place = unload(connection, binding, relation, columns, reading)
            connection.execute("COMMIT")
        return read_unloaded(spark, place, columns, reading.schema)


@contextmanager
def _session(binding: Binding, label: str, *, at_most: float | None = None) -> Iterator[Connection]:
    """A session whose errors are those of `TableReader`."""
    where = binding.location.uri
    try:
        with connect(binding, label, at_most=at_most) as connection:
            yield connection
    except StatementError as error:
        if error.is_missing:
            raise RetryError("the table was dropped while it was looked at", where=where) from error
        raise explain(error, doing="looking at the table", where=where) from error
    except ConnectionLostError as error:
        raise lost(doing="looking at the table", where=where) from error


@contextmanager
def open_ours(binding: Binding) -> Iterator[tuple[Connection, LedgerTable | None]]:
    """A session and the dataset's table, if it is one of ours."""
    with _session(binding, f"sparkjob {binding.dataset}", at_most=PATIENCE) as connection:
        yield connection, _ours(connection, binding)


def _ours(connection: Connection, binding: Binding) -> LedgerTable | None:
    if binding.redshift.query is not None:
        return None
    table = read_table(connection, names_of(binding))
    return table if table is not None and table.dataset == binding.dataset else None


def _label(binding: Binding, reading: Reading) -> str:
    return " ".join(["sparkjob", reading.job or binding.dataset, *filter(None, [reading.run_id])])


def _require_pinned(connection: Connection, binding: Binding, pin: Pin, declared: "Input") -> None:
    """Raise `RetryError` when the dataset is not what was pinned; an unknown version cannot tell."""
    table = _ours(connection, binding)
    now = pin_foreign(connection, binding) if table is None else _pin(connection, table, pin.generations)
    if not pin.exists or not now.exists:
        raise RetryError(f"{binding.dataset} is not there", where=declared.where)
    moved = now.generations != pin.generations if pin.generations else now.version != pin.version
    if now.table_id != pin.table_id or (pin.version is not None and moved):
        raise RetryError(
            f"{binding.dataset} has changed since it was planned",
            where=declared.where,
            hint="Run the job again: it reads what is there then.",
        )


def _pin(connection: Connection, table: LedgerTable, intervals: Iterable[Interval]) -> Pin:
    asked = {interval.key: interval for interval in intervals}
    # First the version: what a publish adds in between is then newer than it, and noticed.
    version = read_version(connection, table)
    numbers = read_numbers(connection, table)
    return Pin(
        dataset=table.dataset,
        exists=bool(numbers),
        table_id=table.id,
        read_version=version,
        version=f"{table.id}@{version}",
        generations={asked[key]: number for key, number in numbers.items() if key in asked},
    )
