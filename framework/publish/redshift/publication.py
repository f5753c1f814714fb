"""One publish: the files aside into the session, then one transaction that compares and changes.

It locks the ledger before it looks at anything, so that no publish has a snapshot that is older than what
it compares with; and whether a lost COMMIT happened is asked in the same way: the lock waits until the old
transaction has come to its end, whichever that was. The table itself is never locked: who reads it neither
waits nor is waited for (docs/decisions/0042-the-ledger-alone-is-locked.md).
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Literal

from framework.audit.audited import Audited
from framework.errors import MisconfiguredError, RetryError, SparkjobError
from framework.generation import Generation
from framework.interval import Interval
from framework.plan.steps import Target
from framework.publish.protocol import Prepared, Receipt, Wanted
from framework.publish.redshift.change import render_change
from framework.publish.redshift.load import Loaded, lengthen, load
from framework.publish.redshift.prepare import widen
from framework.publish.redshift.waiting import locked, unhurried
from framework.publish.seen import check_seen
from framework.tables.redshift.connection import PATIENCE, Connection, connect
from framework.tables.redshift.errors import ConnectionLostError, StatementError, explain, lost
from framework.tables.redshift.ledger import (
    Entry,
    LedgerTable,
    find_table_id,
    insert_entries,
    read_generations,
    read_numbers,
    read_table,
    read_version,
)
from framework.tables.redshift.names import names_of
from framework.tables.redshift.rows import count_all, count_rows, rows_hash

_TOO_LONG = "22001"
"""A text is longer than its column: the load has given every column the bytes that it needs."""


class AgainError(RetryError):
    """The same publish may succeed when it is tried again at once."""


@dataclass(kw_only=True)
class Publication:
    """The targets of one call of `publish`, and how far it is.

    `retries`: why it was tried again, in order. A session lives as long as it answers.
    """

    prepared: Prepared
    audited: Audited
    targets: tuple[Target, ...]
    wanted: Wanted
    retries: list[str] = field(default_factory=list)
    _session: Connection | None = None
    _open: ExitStack = field(default_factory=ExitStack)
    _table: LedgerTable | None = None
    _loaded: Loaded | None = None
    _loads: int = 0
    _unsure: bool = False
    _too_long: SparkjobError | None = None

    def attempt(self) -> tuple[Receipt, ...]:
        """Publish what is still open; receipts of all targets.

        Raises `AgainError` when it is to be tried again.
        """
        try:
            return self._attempt()
        except ConnectionLostError as error:
            self.close()
            self._unsure = True
            self.retries.append("the connection was lost")
            raise AgainError(lost(doing="publishing", where=self._where).faults) from error
        except StatementError as error:
            if error.is_missing:
                raise self._dropped() from error
            told = explain(error, doing="publishing", where=self._where)
            if error.state == _TOO_LONG and self._loaded is not None:
                # Of two that lengthen a column at once the later may leave it shorter: look again.
                self._too_long = told
                self.retries.append("another run has made a column shorter")
            elif error.conflict is not None:
                self.retries.append(f"a conflict with another transaction ({error.conflict})")
            else:
                raise told from error
            raise AgainError(told.faults) from error

    def close(self) -> None:
        """End the session; what it had loaded is gone with it."""
        self._open.close()
        self._session = self._loaded = None

    @property
    def _where(self) -> str:
        return self.prepared.binding.location.uri

    def _attempt(self) -> tuple[Receipt, ...]:
        connection = self._session = self._session or self._connect()
        if self._table is None or self._loaded is None:
            self._table = self._find_table(connection)
            receipts = self._look(connection, self._table)
            still_open = [target for target in self.targets if target.interval not in receipts]
            if not still_open:
                return self._in_order(receipts)
            self._loaded = self._load(connection, self._table, still_open)
        return self._publish(connection, self._table, self._loaded)

    def _connect(self) -> Connection:
        staged = self.audited.staged
        label = f"sparkjob {staged.job or staged.output.dataset} {staged.run_id}"
        try:
            return self._open.enter_context(connect(self.prepared.binding, label, at_most=PATIENCE))
        except RetryError as error:
            self.retries.append("the cluster did not answer")
            raise AgainError(error.faults) from error

    def _look(self, connection: Connection, table: LedgerTable) -> dict[Interval, Receipt]:
        """What is decided already. After a lost connection the old transaction must have ended first."""
        if not self._unsure:
            return self._compare(connection, table)
        with locked(connection, self.prepared.binding):
            return self._compare(connection, table)

    def _load(self, connection: Connection, table: LedgerTable, targets: Sequence[Target]) -> Loaded:
        schema = self.audited.staged.output.schema
        assert schema is not None, "contract.validate comes first"
        widen(connection, table, schema, self.prepared.binding)
        self._loads += 1
        with unhurried(connection, self.prepared.binding):
            return load(connection, self.audited, targets, number=self._loads)

    def _publish(self, connection: Connection, table: LedgerTable, loaded: Loaded) -> tuple[Receipt, ...]:
        if not lengthen(connection, table.names, loaded) and self._too_long is not None:
            raise self._too_long
        self._too_long = None
        with locked(connection, self.prepared.binding):
            exists, table_id = find_table_id(connection, table.names)
            if table_id != table.id:
                raise self._another() if exists else self._dropped()
            receipts = self._compare(connection, table)
            still_open = tuple(target for target in self.targets if target.interval not in receipts)
            if not still_open:
                return self._in_order(receipts)
            if still_open != loaded.targets:
                self._loaded = None
                raise AgainError("another run has published a part of it", where=self._where)
            version = read_version(connection, table)
            check_seen(self.audited, still_open, version)
            entries = self._change(connection, table, loaded, version + 1)
            self.wanted()
        receipts |= {entry.interval: self._receipt(table, entry) for entry in entries}
        return self._in_order(receipts)

    def _change(
        self, connection: Connection, table: LedgerTable, loaded: Loaded, version: int
    ) -> list[Entry]:
        staged = self.audited.staged
        appended = [t.interval for t in loaded.targets if staged.output.mode == "append" and not t.expected]
        there = count_rows(connection, table, appended)
        foreign = [str(interval) for interval, rows in there.items() if rows]
        if foreign:
            raise MisconfiguredError(
                f"rows that this project has not made are in {', '.join(foreign)}",
                where=self._where,
                hint="Rows can only be appended where they can be told from others: delete these.",
            )
        for statement in render_change(table, staged.output, loaded.targets, loaded.table):
            connection.execute(statement)
        whole = count_all(connection, table) if table.merged else None
        entries = [
            Entry(
                interval=target.interval,
                number=(target.expected.number if target.expected else 0) + 1,
                version=version,
                fingerprint=target.fingerprint,
                rows=self.audited.rows[target.interval] if whole is None else whole,
                run_id=staged.run_id,
                stage_id=staged.stage_id,
                restored=target.restored,
            )
            for target in loaded.targets
        ]
        for sql, values in insert_entries(table, entries):
            connection.execute(sql, values)
        return entries

    def _find_table(self, connection: Connection) -> LedgerTable:
        """The table that `prepare` saw. Raises `RetryError` when it is another now, or none."""
        names = names_of(self.prepared.binding)
        table = read_table(connection, names)
        if table is None:
            raise self._dropped()
        if table.id != self.prepared.table_id:
            raise self._another()
        return table

    def _dropped(self) -> RetryError:
        return RetryError("the table was dropped while the job ran", where=self._where)

    def _another(self) -> RetryError:
        return RetryError("the table was dropped and created anew while the job ran", where=self._where)

    def _compare(self, connection: Connection, table: LedgerTable) -> dict[Interval, Receipt]:
        """A receipt for each target that is decided; none for one that is still to be published."""
        numbers = read_numbers(connection, table, [target.interval for target in self.targets])
        moved = []
        for target in self.targets:
            number, expected = numbers.get(target.interval.key), target.expected
            if expected is not None and expected.table_id != table.id:
                raise RetryError("the table was created anew since it was planned", where=self._where)
            if number is None and expected is not None:
                raise RetryError(f"{target.interval} has lost its generation", where=self._where)
            if number is not None and (expected is None or number != expected.number):
                moved.append(target)
        current = read_generations(connection, table, [target.interval for target in moved])
        return {
            target.interval: Receipt(
                interval=target.interval,
                outcome=self._outcome(target, current[target.interval]),
                generation=current[target.interval],
            )
            for target in moved
        }

    def _outcome(self, target: Target, generation: Generation) -> Literal["published", "unchanged", "retry"]:
        if generation.stage_id == self.audited.staged.stage_id:
            return "published"
        return "unchanged" if generation.is_made_of(target.fingerprint) else "retry"

    def _receipt(self, table: LedgerTable, entry: Entry) -> Receipt:
        """Of what this very transaction has committed."""
        generation = Generation(
            dataset=table.dataset,
            interval=entry.interval,
            number=entry.number,
            fingerprint=entry.fingerprint.value,
            files=rows_hash(entry.rows),
            live=rows_hash(entry.rows),
            table_id=table.id,
            run_id=entry.run_id,
            stage_id=entry.stage_id,
            parts=entry.fingerprint,
            restored=entry.restored,
        )
        return Receipt(interval=entry.interval, outcome="published", generation=generation)

    def _in_order(self, receipts: dict[Interval, Receipt]) -> tuple[Receipt, ...]:
        return tuple(receipts[target.interval] for target in self.targets)
