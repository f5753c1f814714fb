"""The columns of what is read: of a table or of a query, by the catalog's own names for their types."""

import os
from collections.abc import Mapping, Sequence

from framework.environment.environment import Binding
from framework.errors import Fault, MisconfiguredError
from framework.tables.redshift.connection import Connection
from framework.tables.redshift.names import names_of
from framework.tables.redshift.quoting import folded, identifier
from framework.tables.redshift.types import spark_type

_TYPES = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""

_AS_PARQUET = {
    # UNLOAD writes no time zone: the wall clock of UTC, which is the session's.
    "timestamp with time zone": "{0} AT TIME ZONE 'UTC' AS {0}",
    # JSON_SERIALIZE gives the text «null» for NULL.
    "super": "CASE WHEN {0} IS NOT NULL THEN JSON_SERIALIZE({0}) END AS {0}",
}


def relation_of(binding: Binding) -> str:
    """What a dataset is in a FROM: its table, or its query as it stands in the configuration."""
    query = binding.redshift.query
    if query is None:
        return names_of(binding).sql
    return f'(\n{query.rstrip().rstrip(";")}\n) AS "sparkjob_query"'


def read_shape(connection: Connection, relation: str) -> Mapping[str, str]:
    """Names and types of the columns, in order. A temporary table of the session takes their shape.

    Raises what `Connection.execute` raises; a `StatementError` that `is_missing` when there is no table.
    """
    shape = f"sparkjob_shape_{os.urandom(8).hex()}"
    connection.execute(f"CREATE TEMP TABLE {identifier(shape)} AS SELECT * FROM {relation} WHERE false")
    return {str(name): str(type_) for name, type_ in connection.execute(_TYPES, (shape,))}


def choose_columns(
    binding: Binding, shape: Mapping[str, str], wanted: Sequence[str] | None
) -> Mapping[str, str]:
    """The columns to read, by the names that are wanted (None: all), of which unknown ones are left out.

    Raises `MisconfiguredError` for those whose type Spark has not.
    """
    names = None if wanted is None else {folded(name) for name in wanted}
    chosen = {name: type_ for name, type_ in shape.items() if names is None or name in names}
    faults = [
        Fault(
            what=f"{binding.dataset}: column {name} is {type_.upper()}, which cannot be read",
            where=binding.where,
            hint="Leave it out by columns=[…] of the Input, or let a query of the source cast it.",
        )
        for name, type_ in chosen.items()
        if spark_type(type_) is None
    ]
    if faults:
        raise MisconfiguredError(faults)
    return chosen


def render_columns(columns: Mapping[str, str]) -> str:
    """The columns as UNLOAD writes every value of them to Parquet."""
    return ", ".join(
        _AS_PARQUET.get(type_, "{0}").format(identifier(name)) for name, type_ in columns.items()
    )
