"""The table before anything is staged, and its columns just before a publish."""

import json
import uuid
from collections.abc import Sequence
from itertools import pairwise

from framework.contract.schema import Schema
from framework.contract.types import Output
from framework.environment.location import Location
from framework.environment.objects import put_if_absent
from framework.errors import Fault, MisconfiguredError, RetryError
from framework.publish.identity import Identity, differences, output_faults
from framework.publish.widening import (
    Json,
    added_columns,
    column_refusals,
    nullable_fields,
    required_faults,
    widening_faults,
)
from framework.tables.parquet.names import SCHEMAS, TABLE
from framework.tables.parquet.table import (
    Names,
    PointerTable,
    open_table,
    read_names,
    read_schema,
    render_table,
    require_no_files,
)

_TRIES = 20


def open_or_create(output: Output, location: Location, identity: Identity) -> PointerTable:
    """The table of `output`, checked. Raises `MisconfiguredError` with all that is in the way."""
    faults = [
        Fault(what=what, where=output.where) for what in output_faults(output, identity, table="Parquet")
    ]
    if faults:
        raise MisconfiguredError(faults)
    assert output.schema is not None
    table = open_table(location) or _create(output.schema, location, identity)
    found = Identity(
        owner=table.owner,
        grain=table.grain,
        zone=table.zone,
        dataset=table.dataset,
        time=table.time,
        partition_by=table.partition_by,
    )
    faults = [Fault(what=what, where=location.uri, hint=hint) for what, hint in differences(found, identity)]
    if faults:
        raise MisconfiguredError(faults)
    for _ in range(_TRIES):
        names = read_names(table)
        fields = _fields(read_schema(table, names))
        faults = column_refusals(
            widening_faults(fields, output.schema),
            required_faults(fields, output.schema, keeps_rows=identity.keeps_rows),
            dataset=table.dataset,
            where=location.uri,
        )
        if not faults:
            return table
        if _is_settled(table, names):
            raise MisconfiguredError(faults)
        # The run that made it has failed, and its contract was corrected: nobody has read these columns.
        _put_next(table, names, nullable_fields(output.schema))
    raise RetryError("others change the columns again and again", where=location.uri)


def widen(table: PointerTable, schema: Schema) -> None:
    """Add the contract's new columns to the table: readers see NULL in them until rows are published.

    From now on its columns are settled: they are only widened. Columns that another run has added since
    are left alone. Raises `MisconfiguredError` when it has added one of ours with another type, or has
    taken the contract's columns anew without one of ours.
    """
    ours = {name.lower() for name in schema.names}
    for _ in range(_TRIES):
        names = read_names(table)
        fields = _fields(read_schema(table, names))
        is_settled = _is_settled(table, names)
        known = [field for field in fields if not is_settled or str(field["name"]).lower() in ours]
        faults = column_refusals(
            widening_faults(known, schema), (), dataset=table.dataset, where=table.location.uri
        )
        if faults:
            raise MisconfiguredError(faults)
        added = added_columns(fields, schema)
        if not is_settled:
            _put_next(table, names, fields)
        elif added:
            _put_next(table, names, [*fields, *added])
        else:
            return
    raise RetryError("others add columns again and again", where=table.location.uri)


def _is_settled(table: PointerTable, names: Names) -> bool:
    """Whether the columns may only be widened, because rows are published with them, or about to be.

    Before its first pointer comes a schema that is equal to the one before. So who takes columns anew and
    who is about to publish want the same number, and one of them finds what the other has put.
    """
    if names.pointed:
        return True
    schemas = [_fields(read_schema(table, Names(numbers={SCHEMAS: n}))) for n in range(names.schema + 1)]
    return any(earlier == later for earlier, later in pairwise(schemas))


def _put_next(table: PointerTable, names: Names, fields: Sequence[Json]) -> None:
    """Put the next schema, if nobody else has."""
    put_if_absent(table.location, table.place(SCHEMAS, names.schema + 1), _render(fields).encode())


def _create(schema: Schema, location: Location, identity: Identity) -> PointerTable:
    """Create the table with no rows; one that somebody else creates at the same time is fine."""
    require_no_files(location)
    whose = {name: value for name, value in vars(identity).items() if not name.startswith("merged")}
    table = PointerTable(
        location=location, id=uuid.uuid4().hex, schema=_render(nullable_fields(schema)), **whose
    )
    put_if_absent(location, TABLE, render_table(table).encode())
    found = open_table(location)
    if found is None:
        raise RetryError("the table was created and is gone again", where=location.uri)
    return found


def _fields(schema: str) -> list[Json]:
    fields: list[Json] = json.loads(schema)["fields"]
    return fields


def _render(fields: Sequence[Json]) -> str:
    return json.dumps({"type": "struct", "fields": fields})
