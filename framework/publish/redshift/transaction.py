"""A transaction in a session that commits each statement by itself."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from framework.tables.redshift.connection import Connection
from framework.tables.redshift.errors import ConnectionLostError, StatementError


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """BEGIN and COMMIT around the block, ROLLBACK when it raises.

    Raises `StatementError` when the COMMIT was refused: then nothing of it happened.
    `ConnectionLostError` of a COMMIT says neither that it happened nor that it did not.
    """
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        with suppress(StatementError, ConnectionLostError):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
