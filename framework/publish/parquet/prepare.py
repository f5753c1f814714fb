"""The table before anything is staged, and its columns just before a publish."""

import json
import uuid
from collections.abc import Sequence

from framework.contract.schema import Schema
from framework.contract.types import Output
from framework.environment.location import Location
from framework.environment.objects import put_if_absent
from framework.errors import Fault, MisconfiguredError, RetryError
from framework.publish.identity import ANEW, Identity, differences, output_faults
from framework.publish.widening import Json, added_columns, nullable_fields, widening_faults
from framework.tables.parquet.names import SCHEMAS, TABLE
from framework.tables.parquet.table import (
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
    _require_widening(_fields(read_schema(table, read_names(table))), output.schema, location)
    return table


def widen(table: PointerTable, schema: Schema) -> None:
    """Add the contract's new columns to the table: readers see NULL in them until rows are published.

    Columns that another run has added since are left alone. Raises `MisconfiguredError` when it has
    added one of ours with another type.
    """
    ours = {name.lower() for name in schema.names}
    for _ in range(_TRIES):
        names = read_names(table)
        fields = _fields(read_schema(table, names))
        _require_widening([f for f in fields if str(f["name"]).lower() in ours], schema, table.location)
        added = added_columns(fields, schema)
        if not added:
            return
        put_if_absent(
            table.location, table.place(SCHEMAS, names.schema + 1), _render([*fields, *added]).encode()
        )
    raise RetryError("others add columns again and again", where=table.location.uri)


def _create(schema: Schema, location: Location, identity: Identity) -> PointerTable:
    """Create the table with no rows; one that somebody else creates at the same time is fine."""
    require_no_files(location)
    whose = {name: value for name, value in vars(identity).items() if name != "merged"}
    table = PointerTable(
        location=location, id=uuid.uuid4().hex, schema=_render(nullable_fields(schema)), **whose
    )
    put_if_absent(location, TABLE, render_table(table).encode())
    found = open_table(location)
    if found is None:
        raise RetryError("the table was created and is gone again", where=location.uri)
    return found


def _require_widening(fields: list[Json], schema: Schema, location: Location) -> None:
    faults = list(widening_faults(fields, schema))
    if faults:
        hint = f"Only new columns are added by themselves. {ANEW}"
        raise MisconfiguredError([Fault(what=what, where=location.uri, hint=hint) for what in faults])


def _fields(schema: str) -> list[Json]:
    fields: list[Json] = json.loads(schema)["fields"]
    return fields


def _render(fields: Sequence[Json]) -> str:
    return json.dumps({"type": "struct", "fields": fields})
