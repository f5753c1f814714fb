"""What a mode needs of an output, and what `merge` and `scd2` make of its contract.

Rows of these two are merged into those that are there: what the job returns, what is written and
what belongs to an interval are three different things, each with an `Output` of its own.
"""

from collections.abc import Iterator
from dataclasses import replace

from framework.contract.catalogue import CATALOGUE
from framework.contract.condition import find_condition_faults
from framework.contract.datatype import Array, Map, Primitive, Struct
from framework.contract.schema import Column, Schema
from framework.contract.suggest import suggest
from framework.contract.types import VALIDITY, Expectation, Job, Output

_Found = Iterator[tuple[str, str | None]]

_UNORDERED = ("boolean", "binary", "float", "double")


def returned_output(output: Output) -> Output:
    """The output as the job's function returns its rows: without the columns that `scd2` computes.

    Of a merged output the rows of one batch: `sequence_by` is never missing, and tells rows of one
    key apart with `scd2`. Its rules look at what becomes of the rows, and not at these.
    """
    if not output.is_merged or output.schema is None:
        return output
    computed = validity_columns(output)
    columns = [
        replace(column, nullable=column.nullable and column.name != output.sequence_by)
        for column in output.schema.columns
        if column.name not in computed
    ]
    several = output.mode == "scd2" and output.sequence_by is not None
    key = (*output.key, str(output.sequence_by)) if several else output.key
    schema = Schema(tuple(columns), output.schema.faults)
    return _changed(output, schema=schema, key=key, expectations=())


def written_output(output: Output) -> Output:
    """A merged output as its files hold it: rows of any interval; with `scd2` several of a key."""
    key = (*output.key, output.validity[0]) if output.mode == "scd2" else output.key
    return _changed(output, time=None, key=key)


def validity_columns(output: Output) -> tuple[str, ...]:
    """From when, until when, whether still: the columns that `scd2` computes; none otherwise."""
    return output.validity if output.mode == "scd2" else ()


def tracked_columns(output: Output) -> tuple[str, ...]:
    """Columns of an `scd2` output whose change makes a new row."""
    if output.tracked is not None or output.schema is None:
        return output.tracked or ()
    others = {*output.key, output.sequence_by, output.time, *output.validity}
    return tuple(name for name in output.schema.names if name not in others)


def find_mode_faults(job: Job, output: Output) -> _Found:
    """What does not go with the output's mode, as pairs of a fault's text and hint."""
    mode = output.mode
    if mode == "append":
        yield from _append(job)
    if output.is_merged:
        yield from _merged(job, output)
    else:
        if output.sequence_by is not None:
            yield f"sequence_by has no meaning with mode={mode!r}", "Leave it out"
        if output.delete_when is not None:
            hint = "Leave the rows out of what the job returns"
            yield f"delete_when has no meaning with mode={mode!r}", hint
    if mode != "scd2":
        if output.tracked is not None:
            yield f"tracked has no meaning with mode={mode!r}", "Leave it out"
        if output.validity != VALIDITY:
            yield f"validity has no meaning with mode={mode!r}", "Leave it out"


def find_mode_misuse(output: Output, expectation: Expectation) -> _Found:
    """Why a rule cannot look at an output whose rows are merged: it asks for more than written rows."""
    if not output.is_merged:
        return
    rule = CATALOGUE.get(expectation.type)
    without = f"is not possible with mode={output.mode!r}"
    if expectation.on_fail == "quarantine":
        hint = "Let a job before it split the rows off, or leave on_fail out"
        yield f'{expectation.type}: on_fail="quarantine" {without}', hint
    if expectation.scope == "table":
        hint = "Rules look at the rows that are written; leave scope out"
        yield f'{expectation.type}: scope="table" {without}', hint
    elif rule is not None and rule.level == "table":
        hint = "It looks at all written rows together, and which they are depends on files; leave it out"
        yield f"{expectation.type} {without}", hint


def _append(job: Job) -> _Found:
    if job.interval is None:
        hint = 'Add interval="day" and a time column, or leave mode out to replace the table'
        yield 'mode="append" without an interval', hint
    if job.rerun == "always":
        hint = "An interval is appended once; leave mode out to replace its rows by each run"
        yield 'mode="append" with rerun="always"', hint


def _merged(job: Job, output: Output) -> _Found:
    asked = f'mode="{output.mode}"'
    if job.batch > 1:
        yield f"{asked} with batch={job.batch}", "Its intervals are merged one at a time; leave batch out"
    if not output.key:
        yield f"{asked} without a key", "Name the columns that say which rows are of one thing"
    if output.sequence_by is None:
        hint = "Name the column by which newer wins, so that older rows never overwrite newer ones"
        yield f"{asked} without sequence_by", hint
    schema = output.schema
    if schema is None:
        return
    yield from _sequence(output, schema)
    if output.delete_when is not None:
        returned = returned_output(output).schema
        assert returned is not None, "made of a schema"
        for what, why in find_condition_faults(output.delete_when, returned):
            yield f"delete_when: {what}", why
    for column in filter(None, map(schema.find, output.key)):
        if column.datatype in (Primitive("float"), Primitive("double")):
            yield f'key column "{column.name}" is of type {column.type.upper()}', "Equal is not exact there"
    if output.mode == "scd2":
        yield from _tracked(output, schema)
        yield from _validity(output, schema)


def _sequence(output: Output, schema: Schema) -> _Found:
    column = None if output.sequence_by is None else schema.find(output.sequence_by)
    if column is None or column.datatype is None:
        return
    if isinstance(column.datatype, Array | Map | Struct) or column.type in _UNORDERED:
        hint = "Make it a whole number, DECIMAL, DATE, TIMESTAMP or STRING"
        yield f'sequence_by column "{column.name}" is of type {column.type.upper()}', hint
    if column.name in output.key:
        yield f'sequence_by column "{column.name}" is part of the key', "Take it out of the key"


def _tracked(output: Output, schema: Schema) -> _Found:
    if output.tracked == ():
        yield "tracked is empty", "Leave it out to track all columns"
    for name in tracked_columns(output):
        column = schema.find(name)
        if column is None:
            what = f'tracked names a column that the schema does not have: "{name}"'
            yield what, suggest(name, schema.names, kind="Columns")
        elif "map<" in column.type:
            yield f'cannot track "{name}" of type {column.type.upper()}', "Maps cannot be compared"
        elif name in (*output.key, output.sequence_by, *output.validity):
            yield f'tracked names "{name}", which says whose row it is, or when', "Leave it out"


def _validity(output: Output, schema: Schema) -> _Found:
    if len(output.validity) != len(VALIDITY) or len(set(output.validity)) < len(VALIDITY):
        yield f"validity={output.validity!r} is not three names", f"Like {VALIDITY!r}"
        return
    sequence = None if output.sequence_by is None else schema.find(output.sequence_by)
    wanted = (sequence, sequence, Column(name="", type="boolean"))
    for name, like in zip(output.validity, wanted, strict=True):
        column = schema.find(name)
        if column is None:
            type_ = "its type" if like is None else like.type.upper()
            yield f'the schema has no column "{name}"', f"{output.dataset} needs it for scd2: {name} {type_}"
        elif like is not None and column.type != like.type:
            what = f'column "{name}" is of type {column.type.upper()}, scd2 makes it {like.type.upper()}'
            yield what, "It has the type of sequence_by" if like.name else None
        elif name == output.validity[1] and not column.nullable:
            yield f'column "{name}" is NOT NULL', "It is NULL as long as a row holds"
        if name in (*output.key, *(output.partition_by or ()), output.time, output.sequence_by):
            yield f'column "{name}" is computed', "It can be no key, time, sequence_by or partition_by"


def _changed(output: Output, **values: object) -> Output:
    changed = object.__new__(Output)
    for name, value in {**vars(output), **values}.items():
        object.__setattr__(changed, name, value)
    return changed
