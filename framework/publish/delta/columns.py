"""The table's columns against the contract's, and against what is really in the staged files.

A table is created with every column nullable, whatever the contract says: a NULL in a NOT NULL
column crashes Spark's readers, and the audit already guarantees that there is none. A column that
the contract adds is added to the table by a commit of its own, after the audit and before the
publish: readers then see the old rows, whole, with NULL in it. (Giving `create_write_transaction`
the wider schema works only for an overwrite, and leaves a table that nobody can open when the
column needs a table feature.) A NOT NULL column may be added too: rows of other intervals have
NULL in it until they are run again, which their changed contract makes them.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from framework.contract.schema import Schema

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable
    from deltalake import Schema as DeltaSchema
    from pyarrow.parquet import FileMetaData

Json = Mapping[str, object]


def delta_schema(schema: Schema) -> "DeltaSchema":
    """The schema of a new table: the contract's, every column nullable."""
    from deltalake import Schema as DeltaSchema

    return DeltaSchema.from_json(json.dumps({"type": "struct", "fields": _nullable(schema)}))


def table_fields(table: "DeltaTable") -> list[Json]:
    """The fields of a table's schema, as the JSON that is in its log."""
    fields: list[Json] = json.loads(table.schema().to_json())["fields"]
    return fields


def added_columns(fields: list[Json], schema: Schema) -> tuple[Json, ...]:
    """The contract's columns that the table does not have yet."""
    there = {field["name"] for field in fields}
    return tuple(field for field in _nullable(schema) if field["name"] not in there)


def schema_faults(fields: list[Json], schema: Schema, features: frozenset[str]) -> Iterator[str]:
    """Why the contract's columns are no widening of the table's."""
    wanted = {str(field["name"]): field for field in _nullable(schema)}
    lower = {name.lower(): name for name in wanted}
    for field in fields:
        name = str(field["name"])
        if name not in wanted:
            other = lower.get(name.lower())
            yield (
                f"column {name} of the table is not in the schema"
                if other is None
                else f"column {name} of the table is written {other} in the schema"
            )
        elif _plain(wanted[name]["type"]) != _plain(field["type"]):
            yield (
                f"column {name} is {_shown(field['type'])} in the table "
                f"and {_shown(wanted[name]['type'])} in the schema"
            )
    for column in added_columns(fields, schema):
        # Only timestamp_ntz of the types a contract can name needs a table feature.
        if "timestamp_ntz" in json.dumps(column["type"]) and "timestampNtz" not in features:
            yield f"new column {column['name']} needs the table feature timestampNtz"


def file_faults(path: str, footer: "FileMetaData", table: "DeltaTable") -> Iterator[str]:
    """Why a staged file must not become part of the table; the commit itself never looks inside."""
    import pyarrow as pa

    wanted = pa.schema(table.schema().to_arrow())
    nullable = {str(field["name"]): field["nullable"] for field in table_fields(table)}
    found = footer.schema.to_arrow_schema()
    if len(set(found.names)) != len(found.names):
        yield f"{path}: a column is there twice"
        return
    for name in found.names:
        if name not in wanted.names:
            yield f"{path}: column {name} is not in the table"
        elif not _same(found.field(name).type, wanted.field(name).type):
            yield f"{path}: column {name} is {found.field(name).type}, in the table {wanted.field(name).type}"
    for name in wanted.names:
        if name not in found.names and not nullable[name]:
            yield f"{path}: column {name} is missing, and NOT NULL in the table"


def _nullable(schema: Schema) -> list[dict[str, object]]:
    fields = schema.to_json()["fields"]
    assert isinstance(fields, list)
    return [{**field, "nullable": True} for field in fields]


def _plain(type_: object) -> object:
    """A type without what does not make another type: nullability and comments inside."""
    if isinstance(type_, Mapping):
        return {
            key: _plain(value)
            for key, value in type_.items()
            if key not in ("nullable", "containsNull", "valueContainsNull", "metadata")
        }
    if isinstance(type_, list):
        return [_plain(each) for each in type_]
    return type_


_SQL_NAMES = {"long": "BIGINT", "integer": "INT", "short": "SMALLINT", "byte": "TINYINT"}
"""Delta's names of types that a contract writes otherwise."""


def _shown(type_: object) -> str:
    if isinstance(type_, str):
        return _SQL_NAMES.get(type_, type_.upper())
    return json.dumps(_plain(type_))


def _same(found: "pa.DataType", wanted: "pa.DataType") -> bool:
    """Whether Parquet's type is the table's, whatever names and nullability its inner fields have."""
    import pyarrow.types as t

    if t.is_list(found) and t.is_list(wanted):
        return _same(found.value_type, wanted.value_type)
    if t.is_map(found) and t.is_map(wanted):
        return _same(found.key_type, wanted.key_type) and _same(found.item_type, wanted.item_type)
    if t.is_struct(found) and t.is_struct(wanted):
        pairs = zip(found, wanted, strict=False)
        return found.num_fields == wanted.num_fields and all(
            f.name == w.name and _same(f.type, w.type) for f, w in pairs
        )
    return bool(found == wanted)
