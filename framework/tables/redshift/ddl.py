"""Columns of a table in Redshift: as a contract wants them, and as the catalog has them."""

from collections.abc import Iterator, Mapping, Sequence

from framework.contract.schema import Column, Schema
from framework.contract.suggest import suggest
from framework.environment.redshift import RedshiftOptions
from framework.tables.redshift.connection import Connection
from framework.tables.redshift.names import Names
from framework.tables.redshift.quoting import folded, identifier
from framework.tables.redshift.types import SHORTEST, column_type, length_of, loaded_type, refusal

_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_MOST_COLUMNS = 1600


def create_table(names: Names, schema: Schema, options: RedshiftOptions) -> str:
    """The statement that creates the table of a contract. All columns may be NULL: the audit looks."""
    columns = ", ".join(
        f"{identifier(column.name)} {_type(column, declared_length(options, column.name) or SHORTEST)}"
        for column in schema.columns
    )
    return f"CREATE TABLE {names.sql} ({columns}){render_layout(options)}"


def create_loading_table(table: str, schema: Schema) -> str:
    """The statement that creates the temporary table (an identifier) into which COPY loads."""
    columns = []
    for column in schema.columns:
        assert column.datatype is not None, "schema_faults comes first"
        columns.append(f"{identifier(column.name)} {loaded_type(column.datatype)}")
    return f"CREATE TEMP TABLE {table} ({', '.join(columns)})"


def add_column(names: Names, column: Column, options: RedshiftOptions) -> str:
    """The statement that adds a column, NULL in the rows that are there."""
    type_ = _type(column, declared_length(options, column.name) or SHORTEST)
    return f"ALTER TABLE {names.sql} ADD COLUMN {identifier(column.name)} {type_}"


def lengthen_column(names: Names, column: str, length: int) -> str:
    """The statement that gives a VARCHAR more bytes; no transaction may be open."""
    return f"ALTER TABLE {names.sql} ALTER COLUMN {identifier(column)} TYPE VARCHAR({length})"


def render_layout(options: RedshiftOptions) -> str:
    """How rows are spread and sorted, as clauses of CREATE TABLE."""
    clauses = []
    style = "key" if options.distkey is not None else options.diststyle
    if style is not None:
        clauses.append(f"DISTSTYLE {style.upper()}")
    if options.distkey is not None:
        clauses.append(f"DISTKEY ({identifier(options.distkey)})")
    if options.sortkey:
        clauses.append(f"COMPOUND SORTKEY ({', '.join(map(identifier, options.sortkey))})")
    return "".join(f" {clause}" for clause in clauses)


def declared_length(options: RedshiftOptions, column: str) -> int | None:
    """The bytes that the configuration says for a text column."""
    lengths = {folded(name): length for name, length in options.lengths.items()}
    return lengths.get(folded(column))


def read_columns(connection: Connection, names: Names) -> Mapping[str, str]:
    """The table's columns in order, by name: their types as the catalog writes them."""
    return read_types(connection, names.schema, names.table)


def read_types(connection: Connection, schema: str, table: str) -> Mapping[str, str]:
    """The same of a table, or a view, by the catalog's own names."""
    found = connection.execute(_COLUMNS, (schema, table))
    return {str(name): str(type_) for name, type_ in found}


def schema_faults(schema: Schema, options: RedshiftOptions) -> Iterator[str]:
    """Why a contract, laid out as the configuration says, can be no table of Redshift."""
    for column in schema.columns:
        why = None if column.datatype is None else refusal(column.datatype)
        if why is not None:
            yield f"column {column.name}: {why}"
    seen: dict[str, str] = {}
    for column in schema.columns:
        if len(column.name.encode()) > 127:  # noqa: PLR2004 - bytes of a name in Redshift
            yield f"column {column.name}: a name in Redshift has at most 127 bytes"
        if (other := seen.setdefault(folded(column.name), column.name)) != column.name:
            yield f"columns {other} and {column.name} are one in Redshift, which ignores case"
    if len(schema.columns) > _MOST_COLUMNS:
        yield f"a table of Redshift has at most {_MOST_COLUMNS} columns"
    yield from _layout_faults(schema, options)


def column_faults(columns: Mapping[str, str], schema: Schema) -> Iterator[str]:
    """Why the contract's columns are no widening of the table's. The length of a text is none."""
    wanted = {folded(column.name): column for column in schema.columns}
    for name, type_ in columns.items():
        column = wanted.get(name)
        if column is None:
            yield f"column {name} of the table is not in the schema"
        elif _kind(_type(column)) != _kind(type_):
            yield f"column {name} is {type_.upper()} in the table and {_type(column).upper()} in the schema"


def missing_columns(columns: Mapping[str, str], schema: Schema) -> tuple[Column, ...]:
    """The contract's columns that the table does not have yet."""
    return tuple(column for column in schema.columns if folded(column.name) not in columns)


def short_columns(columns: Mapping[str, str], needed: Mapping[str, int]) -> Mapping[str, int]:
    """Of the bytes that text columns need, those that the table has not; by the catalog's names."""
    found = {}
    for name, length in needed.items():
        there = length_of(columns.get(folded(name), ""))
        if there is not None and there < length:
            found[folded(name)] = length
    return found


def _layout_faults(schema: Schema, options: RedshiftOptions) -> Iterator[str]:
    by_name = {folded(column.name): column for column in schema.columns}
    placed: Sequence[tuple[str, str]] = [
        *(("distkey", name) for name in (options.distkey,) if name is not None),
        *(("sortkey", name) for name in options.sortkey or ()),
        *(("lengths", name) for name in options.lengths),
    ]
    for said, name in placed:
        column = by_name.get(folded(name))
        if column is None:
            hint = suggest(name, schema.names, kind="Columns")
            yield f"{said} names no column of the schema: {name}; {hint}"
        elif said == "lengths" and column.type != "string":
            yield f"lengths gives bytes to {name}, which is {column.type.upper()}"
        elif said != "lengths" and column_type_of(column) == "super":
            yield f"{said} cannot be {name}, which is a SUPER"


def column_type_of(column: Column) -> str | None:
    """The type of a contract's column in Redshift; None: it has none."""
    return None if column.datatype is None else column_type(column.datatype)


def _type(column: Column, length: int = SHORTEST) -> str:
    assert column.datatype is not None, "schema_faults comes first"
    found = column_type(column.datatype, length)
    assert found is not None, "schema_faults comes first"
    return found


def _kind(type_: str) -> str:
    return "character varying" if length_of(type_) is not None else type_
