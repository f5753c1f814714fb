"""One commit: staged files in place of the live files of the same intervals.

Every commit has `max_commit_retries=0`, so that it is a compare-and-set on the table's version:
deltalake's own retries see neither an OPTIMIZE nor a foreign append nor another app id, and rows
double.
"""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from framework.audit.audited import Audited
from framework.environment.location import Location
from framework.errors import MisconfiguredError
from framework.interval import WHOLE, Interval
from framework.plan.steps import Target
from framework.publish.delta.columns import table_fields
from framework.publish.delta.statistics import STATISTICS_COLUMNS, file_statistics
from framework.publish.widening import added_columns, column_refusals, widening_faults
from framework.stage.staged import Merge, Staged, StagedFile
from framework.tables.delta.generations import Note, render_notes
from framework.tables.delta.handle import first_line
from framework.tables.delta.live import LiveFile, days_of, files_hash, layout_of, require_whole
from framework.tables.delta.log import Log
from framework.tables.delta.names import COMMIT_KEY, TIME, Kept, app_id
from framework.tables.delta.snapshot import files_of, live_files

if TYPE_CHECKING:
    from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
    from deltalake.transaction import AddAction, RemoveAction

logger = logging.getLogger(__name__)
_CHECKPOINT_EVERY = 10  # Delta's own default (delta.checkpointInterval)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one commit publishes.

    `hashes`: `files_hash` of each target's staged files; `written`: when each file was, by path.
    """

    audited: Audited
    targets: tuple[Target, ...]
    hashes: Mapping[Interval, int]
    written: Mapping[str, datetime]

    @property
    def files(self) -> tuple[StagedFile, ...]:
        """The staged files of all targets."""
        return tuple(file for target in self.targets for file in self.audited.staged.of(target.interval))


def widen(table: "DeltaTable", change: Change) -> bool:
    """Add the contract's new columns to the table; whether there were any.

    A commit of its own: `create_write_transaction` widens only with an overwrite. Raises
    `MisconfiguredError` for an untouched table that another run has given other columns (`untouched`).
    """
    from deltalake import Field

    output, location = change.audited.staged.output, change.audited.staged.binding.location
    schema, fields = output.schema, table_fields(table)
    assert schema is not None
    faults = column_refusals(widening_faults(fields, schema), (), dataset=output.dataset, where=location.uri)
    if faults and not Log(location, table.version()).transactions:  # else others have widened it since
        raise MisconfiguredError(faults)
    columns = added_columns(fields, schema)
    if columns:
        table.alter.add_columns(
            [Field.from_json(json.dumps(column)) for column in columns],
            commit_properties=strict(),
            post_commithook_properties=no_hooks(),
        )
    return bool(columns)


def commit(table: "DeltaTable", change: Change) -> None:
    """Commit on this very handle, or raise what deltalake raises."""
    staged = change.audited.staged
    intervals = {target.interval: target for target in change.targets}
    notes = {interval: note_of(target, staged) for interval, target in intervals.items()}
    transactions = [
        transaction for target in change.targets for transaction in transactions_of(target, change)
    ]
    partition_by = list(table.metadata().partition_columns)
    indexed = table.metadata().configuration.get(STATISTICS_COLUMNS)
    adds = [add_of(file, change, partition_by, indexed) for file in change.files]
    layout = layout_of(table)
    removes: list[RemoveAction] = []
    filters = None
    if staged.merge is not None:
        merge, there = staged.merge, {f.path: f for f in live_files(table, staged.binding.location)}
        removes = _removes([there[path] for path in merge.replaces], staged.binding.location)
        transactions += _of_table(change, there, merge)
    elif layout == "by_day":
        days = [day.isoformat() for interval in intervals for day in days_of(interval)]
        filters = [(table.metadata().configuration[TIME], "in", days)]
    elif layout == "by_path":
        live = files_of(table, intervals, staged.binding.location)
        removes = _removes([file for each in live.values() for file in each], staged.binding.location)
    table.create_write_transaction(
        [*adds, *removes],
        mode="append" if layout in ("by_path", "merged") else "overwrite",
        schema=table.schema(),
        partition_by=partition_by,
        partition_filters=filters,
        commit_properties=strict(transactions, render_notes(staged.run_id, staged.stage_id, notes)),
        post_commithook_properties=no_hooks(),
    )


def next_number(target: Target) -> int:
    """The generation number that publishing `target` makes."""
    return (target.expected.number if target.expected else 0) + 1


def checkpoint(table: "DeltaTable", committed: int) -> None:
    """Write a checkpoint after every so many commits; deltalake writes none after these commits."""
    every = table.metadata().configuration.get("delta.checkpointInterval", "")
    if committed % (int(every) if every.isdigit() and int(every) else _CHECKPOINT_EVERY):
        return
    try:
        if table.version() < committed:
            table.update_incremental()
        table.create_checkpoint()
    except Exception as error:  # noqa: BLE001 - readers get slower without one, nothing else
        logger.warning("no checkpoint of %s: %s", table.table_uri, first_line(error))


def transactions_of(target: Target, change: Change) -> "list[Transaction]":
    """The numbers that are kept of one interval's new generation."""
    from deltalake import Transaction

    number = next_number(target)
    kept: dict[Kept, int] = {"generation": number, "fingerprint": target.fingerprint.value}
    if change.audited.staged.merge is None:
        kept["files"] = change.hashes[target.interval]
    if target.restored is not None:
        kept |= {"rollback": number, "restored": target.restored}
    dataset, interval = target.output.dataset, target.interval
    return [Transaction(app_id(dataset, interval, name), value) for name, value in kept.items()]


def _of_table(change: Change, live: Mapping[str, LiveFile], merge: Merge) -> "list[Transaction]":
    """Which files this publish leaves, for its intervals and for the table; which events go with them."""
    from deltalake import Transaction

    replaced = set(merge.replaces)
    left = [file for path, file in live.items() if path not in replaced]
    left += [LiveFile(path=file.path, size=file.size) for file in change.files]
    number = files_hash(left)
    dataset = change.audited.staged.output.dataset
    intervals = dict.fromkeys((WHOLE, *(target.interval for target in change.targets)))
    kept = [Transaction(app_id(dataset, interval, "files"), number) for interval in intervals]
    return [*kept, Transaction(app_id(dataset, WHOLE, "events"), merge.events)]


def note_of(target: Target, staged: Staged) -> Note:
    """What the commit's metadata says of one interval's new generation."""
    return Note(
        number=next_number(target),
        run_id=staged.run_id,
        stage_id=staged.stage_id,
        parts=target.fingerprint,
        restored=target.restored,
    )


def add_of(file: StagedFile, change: Change, partition_by: Sequence[str], indexed: str | None) -> "AddAction":
    """A staged file as a live one. `indexed`: the table's columns with statistics."""
    from deltalake.transaction import AddAction

    schema = change.audited.staged.output.schema
    assert schema is not None
    statistics = file_statistics(
        change.audited.footers[file.path], schema, partition_columns=partition_by, indexed=indexed
    )
    return AddAction(
        path=file.path,
        size=file.size,
        partition_values=dict(file.partition),
        modification_time=int(change.written[file.path].timestamp() * 1000),
        data_change=True,
        stats=statistics,
    )


def _removes(files: Sequence[LiveFile], location: Location) -> "list[RemoveAction]":
    from deltalake.transaction import RemoveAction

    require_whole(files, location)
    now = int(time.time() * 1000)
    return [RemoveAction(f.path, data_change=True, deletion_timestamp=now, size=f.size) for f in files]


def strict(transactions: "Sequence[Transaction]" = (), notes: str | None = None) -> "CommitProperties":
    """A commit on this version of the table or none, with our notes in its metadata."""
    from deltalake import CommitProperties

    return CommitProperties(
        custom_metadata=None if notes is None else {COMMIT_KEY: notes},
        max_commit_retries=0,
        app_transactions=list(transactions),
    )


def no_hooks() -> "PostCommitHookProperties":
    """Whatever happens after the commit must not look like an error of the commit."""
    from deltalake import PostCommitHookProperties

    return PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
