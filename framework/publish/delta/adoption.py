"""A Delta table that somebody else made becomes a dataset's: two commits of metadata, no file is touched.

First the generations, then the properties by which the table is ours: who is killed between the two
leaves a table that nobody takes for ours, and adopts it again. In the other order every interval would
look as if it had never been published, and be replaced. Both are a compare-and-set on the version at
which the live files are those that the generations say.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from framework.contract.types import Output
from framework.environment.environment import Binding
from framework.errors import Fault, MisconfiguredError, RetryError
from framework.generation import Fingerprint
from framework.interval import WHOLE, Grain, Interval, parse_interval
from framework.publish.delta.columns import schema_faults, table_fields
from framework.publish.delta.commit import no_hooks, strict
from framework.publish.delta.identity import identity_faults, table_properties
from framework.publish.delta.metadata import OvertakenError, commit_metadata
from framework.publish.delta.prepare import refusals_of
from framework.publish.identity import Identity
from framework.tables.delta.generations import Note, read_numbers, render_notes
from framework.tables.delta.handle import open_table, table_errors
from framework.tables.delta.live import LiveFile, files_hash
from framework.tables.delta.log import Log
from framework.tables.delta.names import ADOPTED, OWNER, Kept, app_id
from framework.tables.delta.snapshot import add_actions, live_files

if TYPE_CHECKING:
    from deltalake import DeltaTable

_TRIES = 20
_COPY = "copy the rows into a table of our own: sparkjob adopt {dataset} --from {uri}, with another location"


@dataclass(frozen=True, kw_only=True)
class Adoptable:
    """A table that may be adopted: its id, and the live files of each interval."""

    table_id: str
    files: Mapping[Interval, Sequence[LiveFile]]


def look(output: Output, binding: Binding, identity: Identity, *, grain: Grain | None) -> Adoptable | None:
    """What there is to adopt; None when the table is ours already.

    Raises `MisconfiguredError` with all that is in the way.
    """
    table = open_table(binding.location)
    if table is None:
        raise MisconfiguredError(
            f"there is no Delta table for {output.dataset}",
            where=binding.location.uri,
            hint=f"Plain Parquet is copied: sparkjob adopt {output.dataset} --from URI --from-format parquet",
        )
    if OWNER in table.metadata().configuration and not list(identity_faults(table, identity)):
        return None
    copy = _COPY.format(dataset=output.dataset, uri=binding.location.uri)
    faults = [
        Fault(what=what, where=binding.location.uri, hint=f"Take it off the table, or {copy}.")
        for what in _faults(table, output, identity)
    ]
    if faults:
        raise MisconfiguredError(faults)
    return Adoptable(
        table_id=str(table.metadata().id), files=_by_interval(table, output, binding, grain, identity.zone)
    )


def adopt(
    output: Output,
    binding: Binding,
    identity: Identity,
    adoptable: Adoptable,
    fingerprints: Mapping[Interval, Fingerprint],
    *,
    run_id: str,
    grain: Grain | None,
) -> Mapping[Interval, Sequence[LiveFile]]:
    """Write the generations, then the owner. `fingerprints`: of intervals that are accepted as current.

    Raises `RetryError` when the table was created anew or others commit again and again, and as `look`.
    """
    from deltalake.exceptions import CommitFailedError

    for _ in range(_TRIES):
        now = look(output, binding, identity, grain=grain)
        if now is None:
            return adoptable.files
        if now.table_id != adoptable.table_id:
            raise RetryError("the table was created anew since it was looked at", where=binding.location.uri)
        adoptable = now
        table = open_table(binding.location)
        # What is committed must be said of the version on which it is committed.
        if table is None or _by_interval(table, output, binding, grain, identity.zone) != now.files:
            continue
        try:
            if not _has_generations(table, binding, now, fingerprints):
                _commit_generations(table, binding, now, fingerprints, run_id)
                continue
            commit_metadata(
                table,
                binding.location,
                operation="SET TBLPROPERTIES",
                properties=table_properties(identity),
            )
        except (CommitFailedError, OvertakenError):
            continue
    raise RetryError("others commit into the table again and again", where=binding.location.uri)


def _faults(table: "DeltaTable", output: Output, identity: Identity) -> Iterator[str]:
    metadata = table.metadata()
    if OWNER in metadata.configuration:
        yield from (what for what, _ in identity_faults(table, identity))
        return
    yield from refusals_of(table)
    if identity.merged:
        yield f'mode "{identity.merged}" knows of each row from which event it came, and this table does not'
    assert output.schema is not None, "contract.validate comes first"
    features = frozenset(table.protocol().writer_features or ())
    yield from schema_faults(table_fields(table), output.schema, features)
    if tuple(metadata.partition_columns) != identity.partition_by:
        there, ours = (", ".join(names) for names in (metadata.partition_columns, identity.partition_by))
        yield f"the table is partitioned by ({there}), the output by ({ours})"
    time = output.schema.find(identity.time)
    is_by_day = time is not None and time.type == "date" and identity.time in metadata.partition_columns
    if identity.grain != "whole" and not is_by_day:
        yield "the files of an interval cannot be told apart: it is not partitioned by a DATE time column"


def _by_interval(
    table: "DeltaTable", output: Output, binding: Binding, grain: Grain | None, zone: str
) -> dict[Interval, tuple[LiveFile, ...]]:
    """The live files of each interval that has any."""
    files = live_files(table, binding.location)
    if grain is None:
        return {WHOLE: tuple(sorted(files))}
    with table_errors(binding.location):
        rows = add_actions(table).to_pylist()
    days: dict[str, date | None] = {row["path"]: row["partition"][output.time] for row in rows}
    if None in days.values():
        raise MisconfiguredError(
            f"there are rows without {output.time}, which belong to no interval",
            where=binding.location.uri,
            hint="Delete them, or give them their day.",
        )
    found: dict[Interval, list[LiveFile]] = {}
    for file in files:
        interval = parse_interval(str(days[file.path]), zone=zone).as_grain(grain, zone)
        found.setdefault(interval, []).append(file)
    return {interval: tuple(sorted(found[interval])) for interval in sorted(found)}


def _kept(files: Sequence[LiveFile], parts: Fingerprint | None) -> dict[Kept, int]:
    """What a generation says beside its number."""
    return {"fingerprint": parts.value if parts else 0, "files": files_hash(files)}


def _has_generations(
    table: "DeltaTable", binding: Binding, adoptable: Adoptable, fingerprints: Mapping[Interval, Fingerprint]
) -> bool:
    """Whether the generations say what is live at this version, and of what it is to count as made."""
    there = Log(binding.location, table.version()).transactions
    return all(
        there.get(app_id(binding.dataset, interval, name)) == value
        for interval, files in adoptable.files.items()
        for name, value in _kept(files, fingerprints.get(interval)).items()
    ) and all(app_id(binding.dataset, interval, "generation") in there for interval in adoptable.files)


def _commit_generations(
    table: "DeltaTable",
    binding: Binding,
    adoptable: Adoptable,
    fingerprints: Mapping[Interval, Fingerprint],
    run_id: str,
) -> None:
    from deltalake import Transaction

    # A table that was ours before goes on counting: who reads it has seen its earlier numbers.
    before = read_numbers(Log(binding.location, table.version()), binding.dataset, adoptable.files)
    notes = {
        interval: Note(
            number=before.get(interval, 0) + 1,
            run_id=run_id,
            stage_id=ADOPTED,
            parts=fingerprints.get(interval),
        )
        for interval in adoptable.files
    }
    transactions = [
        Transaction(app_id(binding.dataset, interval, name), value)
        for interval, files in adoptable.files.items()
        for name, value in _kept(files, fingerprints.get(interval)).items()
    ]
    transactions += [
        Transaction(app_id(binding.dataset, interval, "generation"), note.number)
        for interval, note in notes.items()
    ]
    table.create_write_transaction(
        [],
        mode="append",
        schema=table.schema(),
        partition_by=list(table.metadata().partition_columns),
        commit_properties=strict(transactions, render_notes(run_id, ADOPTED, notes)),
        post_commithook_properties=no_hooks(),
    )
