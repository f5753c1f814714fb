"""How long a statement may take: not long when it waits for a lock, as long as it needs when it moves rows.

A publish's session begins with the short time (`connection.PATIENCE`).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from framework.environment.environment import Binding
from framework.publish.redshift.transaction import transaction
from framework.tables.redshift.connection import PATIENCE, Connection, render_timeout
from framework.tables.redshift.errors import ConnectionLostError, StatementError
from framework.tables.redshift.names import names_of


@contextmanager
def locked(connection: Connection, binding: Binding) -> Iterator[None]:
    """A transaction beside which nobody else publishes to the table; its snapshot is taken under the lock.

    The ledger alone is locked: LOCK is ACCESS EXCLUSIVE in Redshift, so that who has it on the table would
    hold up every reader, and every reader who wants it (docs/decisions/0042). Raises as `transaction` does.
    """
    with transaction(connection):
        connection.execute(f"LOCK TABLE {names_of(binding).ledger}")
        connection.execute(f"SET LOCAL statement_timeout TO {render_timeout(binding)}")
        yield


@contextmanager
def unhurried(connection: Connection, binding: Binding) -> Iterator[None]:
    """Outside of transactions: the block's statements may take as long as the connection lets them."""
    connection.execute(f"SET statement_timeout TO {render_timeout(binding)}")
    try:
        yield
    finally:
        with suppress(StatementError, ConnectionLostError):
            connection.execute(f"SET statement_timeout TO {render_timeout(binding, PATIENCE)}")
