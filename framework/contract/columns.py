"""Whether the columns that an output names are in its schema, and of types that can do it."""

import re
from collections.abc import Iterator

from framework.contract.datatype import Array, Map, Primitive, Struct, field_names
from framework.contract.schema import Column, Schema
from framework.contract.suggest import suggest
from framework.contract.types import Output

_TIMES = ("date", "timestamp")
_UNSTORABLE = re.compile(r"[ ,;{}()\n\t=]")
INTERVAL_DIRECTORY = "sparkjob_interval"
"""Directory column of a stage that tells unit intervals apart. VACUUM never looks into directories
whose names begin with an underscore, so none of ours does."""
VALUE_DIRECTORY = "sparkjob_p"
"""With a number behind it, the directory column of a partition value."""

_OURS = re.compile(rf"{INTERVAL_DIRECTORY}|{VALUE_DIRECTORY}\d+|sparkjob_m_\w+|_metadata", re.IGNORECASE)

_Found = Iterator[tuple[str, str | None]]


def output_columns(output: Output, schema: Schema, interval: str | None) -> _Found:
    """What is wrong with the columns of `output`, as pairs of a fault's text and hint."""
    yield from _storable(schema)
    yield from _named("key", output.key, schema)
    yield from _named("partition_by", output.partition_by or (), schema)
    yield from _named("sequence_by", () if output.sequence_by is None else (output.sequence_by,), schema)
    for column in _found(output.key, schema):
        if isinstance(column.datatype, Array | Map | Struct):
            yield f'key column "{column.name}" is of type {column.type.upper()}', "A key is of plain columns"
    yield from _time(output, schema, interval)
    for column in _found(output.partition_by or (), schema):
        if isinstance(column.datatype, Array | Map | Struct) or column.datatype == Primitive("binary"):
            hint = "Partition by dates, short texts or whole numbers"
            yield f'cannot partition by "{column.name}" of type {column.type.upper()}', hint
    if schema.columns and set(schema.names) <= set(output.partition_columns):
        yield "every column is a partition column", "Leave at least one column for the files"


def _time(output: Output, schema: Schema, interval: str | None) -> _Found:
    if output.time is None:
        return
    yield from _named("time", (output.time,), schema)
    for column in _found((output.time,), schema):
        if column.datatype is None:
            continue
        if column.type not in _TIMES:
            hint = "It says to which interval a row belongs: make it DATE or TIMESTAMP"
            yield f'time column "{column.name}" is of type {column.type.upper()}', hint
        elif column.type == "date" and interval == "hour":
            hint = "A date cannot say to which hour a row belongs: make it TIMESTAMP"
            yield f'time column "{column.name}" of an hourly job is of type DATE', hint


def _storable(schema: Schema) -> _Found:
    for column in schema.columns:
        nested = () if column.datatype is None else field_names(column.datatype)
        for name in (column.name, *nested):
            if _UNSTORABLE.search(name):
                yield (
                    f'column "{name}" cannot be stored under that name',
                    "Parquet and Delta take no space or any of ,;{}()= in a name",
                )
            elif _OURS.fullmatch(name):
                yield f'column "{name}" has a name that staging needs', "Rename it"


def _named(option: str, names: tuple[str, ...], schema: Schema) -> _Found:
    for name in dict.fromkeys(names):
        if schema.find(name) is None:
            what = f'{option} names a column that the schema does not have: "{name}"'
            yield what, suggest(name, schema.names, kind="Columns")
        if names.count(name) > 1:
            yield f'{option} names the column "{name}" twice', None


def _found(names: tuple[str, ...], schema: Schema) -> Iterator[Column]:
    for name in dict.fromkeys(names):
        column = schema.find(name)
        if column is not None:
            yield column
