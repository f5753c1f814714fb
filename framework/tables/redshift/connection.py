"""One session of Redshift: a small protocol, and its one transport, redshift_connector."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from framework.environment.environment import Binding
from framework.errors import MisconfiguredError
from framework.tables.redshift.errors import ConnectionLostError
from framework.tables.redshift.open import open_driver, statement_error
from framework.tables.redshift.quoting import literal

if TYPE_CHECKING:
    from redshift_connector.core import Connection as Driver

Value = str | int | float | bool | Decimal | date | datetime | None
Row = tuple[Value, ...]

PATIENCE = 600.0
"""Seconds that a statement waits at most for a lock of somebody else's."""
_GROUP = 320
"""Characters of a query group (Amazon Redshift Database Developer Guide, `query_group`)."""
_USUAL = "DEFAULT"
"""The timeout that the cluster, or the user, has by itself."""


class Connection(Protocol):
    """A session in which each statement is its own transaction unless BEGIN said otherwise."""

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Carry out one statement; its rows, if it has any. Parameters stand as `%s`.

        Raises `StatementError` when the server refuses, and `ConnectionLostError` when no answer comes.
        """
        ...


@contextmanager
def connect(
    binding: Binding, label: str = "sparkjob", *, at_most: float | None = None
) -> Iterator[Connection]:
    """A session with the cluster of a dataset, in UTC; closed at the end, whatever happens.

    `label`: whose queries these are (job and run), for the query group that a DBA sees. `at_most`: seconds
    for each statement, of a session whose statements are all short. Raises `MisconfiguredError` when a
    person must act, `RetryError` when the cluster does not answer, and what `Connection.execute` raises.
    """
    settings = binding.database
    if settings is None:
        raise MisconfiguredError(f'there is no connection "{binding.connection}"', where=binding.where)
    session = _Session(open_driver(settings))
    try:
        session.execute(f"SET query_group TO {render_group(label)}")
        session.execute("SET timezone TO 'UTC'")
        timeout = render_timeout(binding, at_most)
        if timeout != _USUAL:
            session.execute(f"SET statement_timeout TO {timeout}")
        yield session
    finally:
        session.close()


def render_timeout(binding: Binding, at_most: float | None = None) -> str:
    """The value of `statement_timeout`: what the connection says, no more than `at_most` seconds.

    It counts all of a statement's time, that in queues of the workload management too (Amazon Redshift
    Database Developer Guide, `statement_timeout`). There is no timeout for locks alone.
    """
    said = None if binding.database is None else binding.database.statement_timeout
    limits = [limit for limit in (said, at_most) if limit is not None]
    return str(int(min(limits) * 1000)) if limits else _USUAL


def render_group(label: str) -> str:
    """Any text as the literal of a query group: of one line, and no longer than one may be."""
    return literal("".join(letter if letter.isprintable() else "_" for letter in label)[:_GROUP])


class _Session:
    """See `Connection`. It commits by itself: the driver's own BEGIN would come before the first LOCK."""

    def __init__(self, driver: "Driver") -> None:
        self._driver = driver
        self._driver.autocommit = True

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        from redshift_connector import error as errors

        try:
            cursor = self._driver.cursor()
            # Without parameters the driver does not look for marks, so that a `%` may be in a text.
            cursor.execute(sql, tuple(parameters) or None)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        except (errors.Error, OSError, struct.error) as error:
            refused = statement_error(error)
            if refused is None:
                raise ConnectionLostError(type(error).__name__) from None
            raise refused from None

    def close(self) -> None:
        with suppress(Exception):  # it may be gone already
            self._driver.close()
