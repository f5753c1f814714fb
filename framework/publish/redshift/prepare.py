"""The table before anything is staged: created empty with its ledger, or found to be one of ours."""

import uuid

from framework.contract.schema import Schema
from framework.contract.types import Output
from framework.environment.environment import Binding
from framework.errors import Fault, MisconfiguredError, RetryError
from framework.publish.identity import Identity, differences, output_faults
from framework.publish.redshift.transaction import transaction
from framework.publish.widening import column_refusals, required_faults
from framework.tables.redshift.connection import Connection
from framework.tables.redshift.ddl import (
    add_column,
    column_faults,
    create_table,
    missing_columns,
    read_columns,
    schema_faults,
)
from framework.tables.redshift.errors import StatementError
from framework.tables.redshift.ledger import (
    MARK,
    LedgerTable,
    create_ledger,
    find_table_id,
    insert_table,
    read_table,
    read_version,
)
from framework.tables.redshift.names import names_of
from framework.tables.redshift.quoting import literal

_TRIES = 20
_EXISTS = ("42P07", "23505")
"""What the loser of two that create a table at once is told: duplicate table, or a row of the catalog."""
_COLUMN_EXISTS = "42701"


def open_or_create(
    connection: Connection, output: Output, binding: Binding, identity: Identity
) -> LedgerTable:
    """The table of `output`, checked. Raises `MisconfiguredError` with all that is in the way."""
    _check_output(output, binding, identity)
    assert output.schema is not None
    where = binding.location.uri
    table = _open(connection, binding) or _create(connection, output, binding, identity)
    found = Identity(
        owner=table.owner,
        grain=table.grain,
        zone=table.zone,
        dataset=table.dataset,
        time=table.time,
        partition_by=identity.partition_by,  # tables of Redshift have no partitions
        merged=table.merged,
    )
    faults = [Fault(what=what, where=where, hint=hint) for what, hint in differences(found, identity)]
    if faults:
        raise MisconfiguredError(faults)
    columns = read_columns(connection, table.names)
    there = [{"name": name} for name in columns]
    keeps_rows = identity.keeps_rows and read_version(connection, table) > 0
    required = required_faults(there, output.schema, keeps_rows=keeps_rows)
    faults = column_refusals(
        column_faults(columns, output.schema), required, dataset=table.dataset, where=where
    )
    if faults:
        raise MisconfiguredError(faults)
    return table


def widen(connection: Connection, table: LedgerTable, schema: Schema, binding: Binding) -> None:
    """Add the contract's new columns; rows that are there have NULL in them.

    Raises `MisconfiguredError` when somebody else has added one of ours with another type.
    """
    missing = missing_columns(read_columns(connection, table.names), schema)
    for column in missing:
        try:
            connection.execute(add_column(table.names, column, binding.redshift))
        except StatementError as error:
            if error.state != _COLUMN_EXISTS:  # somebody else was faster
                raise
    if missing:
        columns = read_columns(connection, table.names)
        faults = column_refusals(
            column_faults(columns, schema), (), dataset=table.dataset, where=binding.location.uri
        )
        if faults:
            raise MisconfiguredError(faults)


def _check_output(output: Output, binding: Binding, identity: Identity) -> None:
    whats = list(output_faults(output, identity, table="Redshift", merges=True))
    if output.mode == "scd2":
        whats.append(f'{output.dataset}: mode "scd2" needs format: delta, and this is redshift')
    if output.delete_when is not None:
        whats.append(f"{output.dataset}: delete_when is a predicate of Spark, which Redshift does not know")
    if output.schema is not None and not output.schema.faults:
        whats += (f"{output.dataset}: {what}" for what in schema_faults(output.schema, binding.redshift))
    if whats:
        raise MisconfiguredError([Fault(what=what, where=output.where) for what in whats])


def _open(connection: Connection, binding: Binding) -> LedgerTable | None:
    names = names_of(binding)
    exists, table_id = find_table_id(connection, names)
    if not exists:
        return None
    table = None if table_id is None else read_table(connection, names)
    if table is None:
        raise MisconfiguredError(
            f"the table {names.schema}.{names.table} is there already, and not made by sparkjob",
            where=binding.location.uri,
            hint="Give the dataset another table in configs/, or drop this one.",
        )
    return table


def _create(connection: Connection, output: Output, binding: Binding, identity: Identity) -> LedgerTable:
    """Create the table with no rows; one that somebody else creates at the same time is fine."""
    assert output.schema is not None
    time = output.schema.find(identity.time)
    names = names_of(binding)
    table = LedgerTable(
        names=names,
        id=uuid.uuid4().hex,
        owner=identity.owner,
        dataset=identity.dataset,
        grain=identity.grain,
        zone=identity.zone,
        time=identity.time,
        time_type="" if time is None else time.type,
        merged=identity.merged,
    )
    comment = literal(
        f"{MARK}{table.id} is published by the project {table.owner}: write nothing else into it"
    )
    for _ in range(_TRIES):
        try:
            with transaction(connection):
                connection.execute(create_table(names, output.schema, binding.redshift))
                connection.execute(f"COMMENT ON TABLE {names.sql} IS {comment}")
                connection.execute(create_ledger(names))
                connection.execute(*insert_table(table))
        except StatementError as error:
            if error.state not in _EXISTS and error.conflict is None:
                raise
        found = _open(connection, binding)
        if found is not None:
            return found
    raise RetryError("others create and drop the table again and again", where=binding.location.uri)
