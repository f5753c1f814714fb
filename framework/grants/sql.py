"""Rights in Redshift, as GRANT statements. Pure.

Source: Amazon Redshift Database Developer Guide, «GRANT». Who creates a table owns it, and so may lock,
change and comment on it; nothing of that can be granted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from framework.environment.connection import Connection
from framework.environment.environment import Binding
from framework.tables.redshift.names import names_of
from framework.tables.redshift.quoting import identifier, literal

SOMEBODY = "the user of the job's role"
"""Stands for a user whose name no configuration says."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One statement for the administrator of a database, and why it is needed."""

    connection: str
    statement: str
    why: str


def grants_to_write(binding: Binding, connection: Connection) -> Iterator[Grant]:
    """The rights to publish a dataset; its table and its ledger are made, and so owned, by the user."""
    names, user = names_of(binding), user_of(connection)
    yield _grant(
        connection,
        f"GRANT USAGE, CREATE ON SCHEMA {identifier(names.schema)} TO {user}",
        f"makes and owns {names.schema}.{names.table} ({binding.dataset}) and its ledger; "
        "CREATE is needed until both are there",
    )
    yield _temporary(connection)
    yield from _role(connection, "COPY")


def grants_to_read(
    binding: Binding, connection: Connection, *, ours: bool, owned: bool = False
) -> Iterator[Grant]:
    """The rights to read a dataset.

    `ours`: a job of the project publishes it, so that there is a ledger. `owned`: this very job does.
    """
    user = user_of(connection)
    if binding.redshift.query is None and not owned:
        names = names_of(binding)
        schema = identifier(names.schema)
        yield _grant(connection, f"GRANT USAGE ON SCHEMA {schema} TO {user}", f"reads {binding.dataset}")
        yield _grant(connection, f"GRANT SELECT ON {names.sql} TO {user}", f"reads {binding.dataset}")
        if ours:
            yield _grant(
                connection, f"GRANT SELECT ON {names.ledger} TO {user}", f"the version of {binding.dataset}"
            )
    yield _temporary(connection)
    yield from _role(connection, "UNLOAD")


def user_of(connection: Connection) -> str:
    """The user as an identifier."""
    return identifier(connection.user or SOMEBODY)


def _temporary(connection: Connection) -> Grant:
    return _grant(
        connection,
        f"GRANT TEMP ON DATABASE {identifier(connection.database)} TO {user_of(connection)}",
        "rows pass through temporary tables, and columns are looked at by one",
    )


def _role(connection: Connection, statement: str) -> Iterator[Grant]:
    roles = "default" if connection.copy_role is None else literal(connection.copy_role)
    yield _grant(
        connection,
        f"GRANT ASSUMEROLE ON {roles} TO {user_of(connection)} FOR {statement}",
        f"{statement} goes to S3 with this role; everybody may use it unless that was revoked",
    )


def _grant(connection: Connection, statement: str, why: str) -> Grant:
    return Grant(connection=connection.name, statement=f"{statement};", why=why)
