"""Other columns for a table of ours: every row staged anew, published by one commit with the new schema.

The commit is an overwrite of all that is live at the version that was read, and a compare-and-set on it.
So readers see the old columns with the old rows, or the new with the new; a run that publishes in between
makes the migration fail, not the other way round; and who is killed has changed nothing.

The property that lists columns with statistics is narrowed before and widened after, by commits of their
own: at no version does it name a column that the table has not.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from framework.audit.audited import Audited
from framework.contract.datatype import identifier
from framework.contract.schema import Schema
from framework.environment.environment import Binding
from framework.environment.objects import refusal_of
from framework.errors import Fault, MisconfiguredError, RetryError
from framework.publish.delta.columns import delta_schema, table_fields
from framework.publish.delta.commit import (
    Change,
    add_of,
    checkpoint,
    next_number,
    no_hooks,
    note_of,
    strict,
    transactions_of,
)
from framework.publish.delta.identity import identity_faults
from framework.publish.delta.metadata import OvertakenError, commit_metadata
from framework.publish.delta.prepare import refusals_of
from framework.publish.delta.statistics import STATISTICS_COLUMNS, parse_indexed, render_indexed
from framework.publish.delta.untouched import is_untouched
from framework.publish.fate import take_fate
from framework.publish.identity import Identity
from framework.publish.protocol import Wanted
from framework.publish.retention import delta_retention
from framework.publish.stagecheck import check_stage
from framework.publish.widening import nullable_fields
from framework.tables.delta.generations import LOOK_BACK, read_notes, render_notes
from framework.tables.delta.handle import first_line, open_table
from framework.tables.delta.live import LiveFile, files_hash
from framework.tables.delta.log import Log

if TYPE_CHECKING:
    from deltalake import DeltaTable


def commit_migration(audited: Audited, *, table_id: str, version: int, wanted: Wanted) -> None:
    """Publish all staged intervals in place of all live files, if the table is still at `version`.

    Raises `RetryError` when it is not, or was dropped; `StageLostError` as `Publisher.publish` does.
    """
    staged = audited.staged
    location = staged.binding.location
    table = open_table(location)
    if table is None or str(table.metadata().id) != table_id or table.version() != version:
        raise _moved(location.uri)
    written = check_stage(staged, staged.files, at_most=delta_retention(table) / 2)
    take_fate(staged)
    hashes = {
        target.interval: files_hash(LiveFile(path=f.path, size=f.size) for f in staged.of(target.interval))
        for target in staged.targets
    }
    change = Change(audited=audited, targets=staged.targets, hashes=hashes, written=written)
    table = _narrow_statistics(table, audited)
    wanted()
    _commit(table, change)
    _widen_statistics(audited)


def _commit(table: "DeltaTable", change: Change) -> None:
    from deltalake.exceptions import DeltaError

    staged = change.audited.staged
    schema = staged.output.schema
    assert schema is not None, "contract.validate comes first"
    notes = {target.interval: note_of(target, staged) for target in staged.targets}
    partition_by = list(table.metadata().partition_columns)
    # Those of the table as it will be: a file has bounds for all of them, or for none.
    indexed = render_indexed(schema, partition_columns=partition_by) or None
    try:
        table.create_write_transaction(
            [add_of(file, change, partition_by, indexed) for file in staged.files],
            mode="overwrite",
            schema=delta_schema(schema),
            partition_by=partition_by,
            commit_properties=strict(
                [each for target in staged.targets for each in transactions_of(target, change)],
                render_notes(staged.run_id, staged.stage_id, notes),
            ),
            post_commithook_properties=no_hooks(),
        )
    except (DeltaError, OSError) as error:
        # Whether it came to be is read, not concluded.
        if not _is_there(change):
            refusal = refusal_of(error)
            if refusal is not None:
                what = f"the table may not be written: {refusal.what}"
                raise MisconfiguredError(what, where=table.table_uri, hint=refusal.hint) from error
            raise _moved(staged.binding.location.uri, first_line(error)) from error


def _is_there(change: Change) -> bool:
    """Whether the commit's notes of all intervals hold our stage id, which is random."""
    staged = change.audited.staged
    table = open_table(staged.binding.location)
    if table is None:
        return False
    numbers = {target.interval: next_number(target) for target in staged.targets}
    notes = read_notes(Log(staged.binding.location, table.version()), numbers, LOOK_BACK)
    found = [notes.get(interval) for interval in numbers]
    return bool(found) and all(note is not None and note.stage_id == staged.stage_id for note in found)


def _narrow_statistics(table: "DeltaTable", audited: Audited) -> "DeltaTable":
    """The table with statistics of those columns alone that it has before and after, of one type."""
    indexed = table.metadata().configuration.get(STATISTICS_COLUMNS)
    schema = audited.staged.output.schema
    assert schema is not None, "contract.validate comes first"
    if indexed is None:
        return table
    kept = _alike(parse_indexed(indexed), table, schema)
    narrowed = ",".join(map(identifier, kept))
    if narrowed == indexed or not kept:
        return table
    return _set_property(table, audited, {STATISTICS_COLUMNS: narrowed})


def _widen_statistics(audited: Audited) -> None:
    staged = audited.staged
    schema, table = staged.output.schema, open_table(staged.binding.location)
    assert schema is not None, "contract.validate comes first"
    if table is None:
        return
    indexed = render_indexed(schema, partition_columns=table.metadata().partition_columns)
    if indexed and len(_alike(parse_indexed(indexed), table, schema)) == len(parse_indexed(indexed)):
        table = _set_property(table, audited, {STATISTICS_COLUMNS: indexed})
    checkpoint(table, table.version())


def _alike(names: Iterable[str], table: "DeltaTable", schema: Schema) -> list[str]:
    """Those of the names that the table and the contract both have, of one type."""
    there = {field["name"]: field["type"] for field in table_fields(table)}
    wanted = {field["name"]: field["type"] for field in nullable_fields(schema)}
    return [name for name in names if name in wanted and there.get(name) == wanted[name]]


def _set_property(table: "DeltaTable", audited: Audited, properties: Mapping[str, str]) -> "DeltaTable":
    location = audited.staged.binding.location
    try:
        return commit_metadata(table, location, operation="SET TBLPROPERTIES", properties=properties)
    except OvertakenError as error:
        raise _moved(location.uri) from error


def _moved(where: str, why: str = "") -> RetryError:
    what = "the table changed since it was read; nothing was migrated"
    return RetryError(f"{what}: {why}" if why else what, where=where, hint="Run the same command again.")


def require_migratable(binding: Binding, identity: Identity, renames: Mapping[str, str]) -> tuple[str, ...]:
    """By which columns a table is partitioned, whose columns may be changed where it is.

    Raises `MisconfiguredError` for a table that is not ours, that has rules of its own, whose rows are
    merged, or of which more than columns would change.
    """
    table = open_table(binding.location)
    where = binding.location.uri
    if table is None:
        raise MisconfiguredError(f"there is no table of {binding.dataset}", where=where, hint="Run its job.")
    if is_untouched(table, binding.location):
        raise MisconfiguredError(
            f"nothing was published into the table of {binding.dataset} yet",
            where=where,
            hint="Run its job: such a table takes the columns of the contract.",
        )
    there = tuple(table.metadata().partition_columns)
    another = f"Give {binding.dataset} another location in configs/"
    elsewhere = (
        f"{another}, and run its intervals into it: sparkjob backfill"
        if identity.merged
        else f"{another}, then: sparkjob migrate {binding.dataset} --from {where}"
    )
    faults = [Fault(what=what, where=where, hint=elsewhere) for what in _obstacles(table, identity, renames)]
    if faults:
        raise MisconfiguredError(faults)
    return there


def _obstacles(table: "DeltaTable", identity: Identity, renames: Mapping[str, str]) -> Iterator[str]:
    metadata = table.metadata()
    yield from (what for what, _ in identity_faults(table, identity))
    yield from (f"the table has {what}" for what in refusals_of(table))
    if identity.merged:
        yield f'its intervals share files (mode "{identity.merged}")'
    for name in renames:
        if name in (identity.time, *metadata.partition_columns):
            yield f"the files of the table are told apart by {name}"
    for name in metadata.configuration:
        if name.startswith("delta.constraints."):
            yield f"the table has a rule of its own: {name.removeprefix('delta.constraints.')}"
