"""Whether the contract's columns are those of the table and new ones: a table is only ever widened.

A table has every column nullable, whatever the contract says: a NULL in a NOT NULL column crashes
Spark's readers, and the audit already guarantees that there is none. A new column that is NOT NULL is
refused where rows stay that have no value in it, which nobody would expect who reads the contract.

Fields are those of Spark's JSON schema document, which is Delta's too.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from framework.contract.schema import Schema
from framework.errors import Fault
from framework.publish.identity import anew

Json = Mapping[str, object]


def nullable_fields(schema: Schema) -> list[dict[str, object]]:
    """The contract's columns, every one nullable."""
    fields = schema.to_json()["fields"]
    assert isinstance(fields, list)
    return [{**field, "nullable": True} for field in fields]


def added_columns(fields: Sequence[Json], schema: Schema) -> tuple[Json, ...]:
    """The contract's columns that the table does not have yet."""
    there = {field["name"] for field in fields}
    return tuple(field for field in nullable_fields(schema) if field["name"] not in there)


def widening_faults(fields: Sequence[Json], schema: Schema) -> Iterator[str]:
    """Why the contract's columns are no widening of the table's."""
    wanted = {str(field["name"]): field for field in nullable_fields(schema)}
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


def required_faults(fields: Sequence[Json], schema: Schema, *, keeps_rows: bool) -> Iterator[str]:
    """New columns that no row may be without, of a table some of whose rows stay as they are."""
    there = {str(field["name"]).lower() for field in fields}
    for column in schema.columns if keeps_rows else ():
        if not column.nullable and column.name.lower() not in there:
            yield f"column {column.name} is new and NOT NULL, and the rows of other intervals have no value"


def column_refusals(
    whats: Iterable[str], required: Iterable[str], *, dataset: str, where: str
) -> list[Fault]:
    """`widening_faults` and `required_faults` of a dataset's table as errors with hints."""
    hint = f"Only new nullable columns are added by themselves. {anew(dataset)}"
    at_first = "Let it be NULL at first; say NOT NULL when all intervals have been run anew."
    found = [Fault(what=what, where=where, hint=hint) for what in whats]
    return found + [Fault(what=what, where=where, hint=at_first) for what in required]


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
"""Names of types in the document that a contract writes otherwise."""


def _shown(type_: object) -> str:
    if isinstance(type_, str):
        return _SQL_NAMES.get(type_, type_.upper())
    return json.dumps(_plain(type_))
