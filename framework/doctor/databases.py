"""Redshift: a session, and the rights to publish to a table and to keep its ledger."""

from collections.abc import Iterator

from framework.doctor.finding import FAULT, Finding, good
from framework.environment.environment import Binding
from framework.grants.sql import user_of
from framework.tables.redshift.connection import Connection, connect
from framework.tables.redshift.errors import ConnectionLostError, StatementError, explain, lost
from framework.tables.redshift.ledger import find_table_id
from framework.tables.redshift.names import Names, names_of
from framework.tables.redshift.quoting import identifier

_DOING = "looking at rights"


def examine_redshift(binding: Binding) -> Iterator[Finding]:
    """Of a dataset that jobs publish. Raises as `connect` does, for a session that cannot be had."""
    names, where = names_of(binding), binding.location.uri
    try:
        with connect(binding, "sparkjob doctor") as connection:
            wrong = list(_rights(connection, binding, names))
    except StatementError as error:
        raise explain(error, doing=_DOING, where=where) from None
    except ConnectionLostError:
        raise lost(doing=_DOING, where=where) from None
    yield from wrong or [good(binding.dataset, f"redshift, {names.schema}.{names.table} may be published")]


def _rights(connection: Connection, binding: Binding, names: Names) -> Iterator[Finding]:
    def fault(what: str, hint: str) -> Finding:
        return Finding(state=FAULT, about=binding.dataset, what=what, hint=hint)

    assert binding.database is not None, "connect has looked"
    user, schema = user_of(binding.database), identifier(names.schema)
    there = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (names.schema,))
    if not there:
        yield fault(f"there is no schema {names.schema}", f"CREATE SCHEMA {schema};")
        return
    exists, table_id = find_table_id(connection, names)
    if exists and table_id is None:
        yield fault(
            f"{names.schema}.{names.table} was not made by sparkjob",
            "Say another table, or take it over: sparkjob adopt.",
        )
        return
    wanted = ("USAGE",) if table_id is not None else ("USAGE", "CREATE")
    for right in wanted:
        if not _has(connection, f"has_schema_privilege(%s, '{right}')", names.schema):
            yield fault(
                f"no right {right} on the schema {names.schema}",
                f"GRANT {right} ON SCHEMA {schema} TO {user};",
            )
    if not _has(connection, "has_database_privilege(%s, 'TEMP')", binding.database.database):
        database = identifier(binding.database.database)
        yield fault("no right TEMP on the database", f"GRANT TEMP ON DATABASE {database} TO {user};")
    if table_id is None:
        return
    for table in (names.sql, names.ledger):
        missing = [
            right
            for right in ("SELECT", "INSERT", "DELETE")
            if not _has(connection, f"has_table_privilege(%s, '{right}')", table)
        ]
        if missing:
            rights = ", ".join(missing)
            yield fault(f"no right {rights} on {table}", f"GRANT {rights} ON {table} TO {user};")


def _has(connection: Connection, question: str, name: str) -> bool:
    return connection.execute(f"SELECT {question}", (name,))[0][0] is True
