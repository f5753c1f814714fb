"""The table before anything is staged: created empty, or found to be one that we may publish to."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from framework.contract.schema import Schema
from framework.contract.types import Output
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.errors import Fault, MisconfiguredError, RetryError
from framework.publish.delta.columns import delta_schema, schema_faults, table_fields
from framework.publish.delta.features import refusals
from framework.publish.delta.identity import identity_faults, table_properties
from framework.publish.delta.metadata import OvertakenError
from framework.publish.delta.statistics import STATISTICS_COLUMNS, render_indexed
from framework.publish.delta.untouched import is_untouched, replace_columns
from framework.publish.identity import Identity, output_faults
from framework.publish.widening import column_refusals, required_faults
from framework.tables.delta.handle import open_table, table_errors

if TYPE_CHECKING:
    from deltalake import DeltaTable

logger = logging.getLogger(__name__)
_TRIES = 20


def open_or_create(output: Output, binding: Binding, identity: Identity) -> "DeltaTable":
    """The table of `output`, checked. Raises `MisconfiguredError` with all that is in the way."""
    _check_output(output, identity)
    assert output.schema is not None
    for _ in range(_TRIES):
        table = open_table(binding.location)
        if table is None:
            _create(output, binding.location, identity)
            table = open_table(binding.location)
        if table is None:
            raise RetryError("the table was created and is gone again", where=binding.location.uri)
        check_table(table, binding.location, identity)
        faults = _column_faults(table, output.schema, binding.location, identity)
        if not faults:
            return table
        if not is_untouched(table, binding.location):
            raise MisconfiguredError(faults)
        # Another run of this contract has done the same, or one of the contract before has published.
        with suppress(OvertakenError):
            return replace_columns(table, binding.location, output.schema)
    raise RetryError("others change the table again and again", where=binding.location.uri)


def _column_faults(
    table: "DeltaTable", schema: Schema, location: Location, identity: Identity
) -> list[Fault]:
    """Why the contract's columns are not those of the table and new ones."""
    fields = table_fields(table)
    return column_refusals(
        schema_faults(fields, schema, frozenset(table.protocol().writer_features or ())),
        required_faults(fields, schema, keeps_rows=identity.keeps_rows),
        dataset=identity.dataset,
        where=location.uri,
    )


def check_table(table: "DeltaTable", location: Location, identity: Identity) -> None:
    """Raise `MisconfiguredError` for a table of another identity, or that must not be committed to."""
    faults = [
        Fault(what=what, where=location.uri, hint=hint) for what, hint in identity_faults(table, identity)
    ]
    found = () if faults else (*refusals_of(table), *merge_refusals(table, identity))
    if found:
        what = f"the table has what cannot be published to: {'; '.join(found)}"
        hint = "Take it off the table, or give the dataset another location in configs/."
        faults = [Fault(what=what, where=location.uri, hint=hint)]
    if faults:
        raise MisconfiguredError(faults)


def merge_refusals(table: "DeltaTable", identity: Identity) -> Iterator[str]:
    """Why rows must not be merged into a table: its files may be ones that `require_whole` refuses."""
    if identity.merged and "deletionVectors" in (table.protocol().writer_features or ()):
        yield f"table feature deletionVectors (with mode {identity.merged})"


def refusals_of(table: "DeltaTable") -> tuple[str, ...]:
    """Why a table must not be committed to; empty when it may."""
    protocol = table.protocol()
    return refusals(
        reader_version=protocol.min_reader_version,
        writer_version=protocol.min_writer_version,
        features=[*(protocol.reader_features or ()), *(protocol.writer_features or ())],
        configuration=table.metadata().configuration,
        fields=table_fields(table),
    )


def _check_output(output: Output, identity: Identity) -> None:
    faults = list(output_faults(output, identity, table="Delta", merges=True))
    if faults:
        raise MisconfiguredError([Fault(what=what, where=output.where) for what in faults])


def _create(output: Output, location: Location, identity: Identity) -> None:
    """Create the table with no rows; a table that somebody else creates at the same time is fine."""
    from deltalake import CommitProperties, DeltaTable
    from deltalake.exceptions import CommitFailedError

    assert output.schema is not None
    uri, options = location.for_deltalake
    indexed = render_indexed(output.schema, partition_columns=identity.partition_by)
    with table_errors(location):
        try:
            DeltaTable.create(
                uri,
                delta_schema(output.schema),
                mode="ignore",
                partition_by=list(identity.partition_by),
                configuration={
                    **table_properties(identity),
                    **({STATISTICS_COLUMNS: indexed} if indexed else {}),
                },
                storage_options=options or None,
                # With retries a racing CREATE becomes a second commit, with another table id.
                commit_properties=CommitProperties(max_commit_retries=0),
                raise_if_key_not_exists=False,
            )
        except CommitFailedError:
            logger.debug("%s was created by somebody else", location.uri)
