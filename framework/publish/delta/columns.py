"""The table's columns against the contract's, and against what is really in the staged files.

A column that the contract adds is added to the table by a commit of its own, after the audit and
before the publish: readers then see the old rows, whole, with NULL in it. (Giving
`create_write_transaction` the wider schema works only for an overwrite, and leaves a table that
nobody can open when the column needs a table feature.)
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.contract.schema import Schema
from framework.publish.widening import Json, added_columns, nullable_fields, widening_faults

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable
    from deltalake import Schema as DeltaSchema
    from pyarrow.parquet import FileMetaData


def delta_schema(schema: Schema) -> "DeltaSchema":
    """The schema of a new table: the contract's, every column nullable."""
    from deltalake import Schema as DeltaSchema

    return DeltaSchema.from_json(json.dumps({"type": "struct", "fields": nullable_fields(schema)}))


def table_fields(table: "DeltaTable") -> list[Json]:
    """The fields of a table's schema, as the JSON that is in its log."""
    fields: list[Json] = json.loads(table.schema().to_json())["fields"]
    return fields


def schema_faults(fields: list[Json], schema: Schema, features: frozenset[str]) -> Iterator[str]:
    """Why the contract's columns are no widening of the table's."""
    yield from widening_faults(fields, schema)
    for column in added_columns(fields, schema):
        # Only timestamp_ntz of the types a contract can name needs a table feature.
        if "timestamp_ntz" in json.dumps(column["type"]) and "timestampNtz" not in features:
            yield f"new column {column['name']} needs the table feature timestampNtz"


def file_faults(path: str, footer: "FileMetaData", wanted: "pa.Schema") -> Iterator[str]:
    """Why a staged file must not become part of a table with these columns.

    The commit itself never looks inside.
    """
    found = footer.schema.to_arrow_schema()
    names = set(found.names)
    if len(names) != len(found.names):
        yield f"{path}: a column is there twice"
        return
    columns = {column.name: column for column in wanted}
    for column in found:
        if column.name not in columns:
            yield f"{path}: column {column.name} is not in the table"
        elif not _same(column.type, columns[column.name].type):
            there = columns[column.name].type
            yield f"{path}: column {column.name} is {column.type}, in the table {there}"
    for column in wanted:
        if column.name not in names and not column.nullable:
            yield f"{path}: column {column.name} is missing, and NOT NULL in the table"


def _same(found: "pa.DataType", wanted: "pa.DataType") -> bool:
    """Whether Parquet's type is the table's, whatever names and nullability its inner fields have."""
    import pyarrow.types as t

    if found == wanted:
        return True
    if t.is_list(found) and t.is_list(wanted):
        return _same(found.value_type, wanted.value_type)
    if t.is_map(found) and t.is_map(wanted):
        return _same(found.key_type, wanted.key_type) and _same(found.item_type, wanted.item_type)
    if t.is_struct(found) and t.is_struct(wanted):
        pairs = zip(found, wanted, strict=False)
        return found.num_fields == wanted.num_fields and all(
            f.name == w.name and _same(f.type, w.type) for f, w in pairs
        )
    return False
