"""Small files of an interval as fewer large ones: the same rows, the same generation.

Nobody runs again for it: number and fingerprint stay, `#files` becomes the hash of the new files, and
the commit says `dataChange=false`. It is a compare-and-set on the version that was looked at; when
somebody was faster, what he left alone is looked at again and committed on the version of then.

The new files lie in a stage, `data/<stage id>/…`, with the fate of one, so that the rules by which
files are attributed, kept and cleaned are the same for them. deltalake's own `optimize` would put them
elsewhere, where they belong to no interval, and with statistics that are not our list's.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.contract.columns import INTERVAL_DIRECTORY
from framework.contract.schema import Schema
from framework.environment.environment import Binding
from framework.environment.objects import refusal_of
from framework.errors import MisconfiguredError, RetryError
from framework.interval import WHOLE, Interval
from framework.publish.delta.bins import Bin, pack
from framework.publish.delta.commit import checkpoint, no_hooks, strict
from framework.publish.delta.prepare import refusals_of
from framework.publish.delta.statistics import STATISTICS_COLUMNS, file_statistics
from framework.publish.fate import take_fate_of
from framework.publish.protocol import Wanted
from framework.publish.retention import delta_retention
from framework.publish.rewrite import UnlikeError, rewrite
from framework.publish.stagecheck import check_stage_of
from framework.stage.staged import KEPT, stage_directory
from framework.tables.delta.actions import partition_texts
from framework.tables.delta.generations import is_as_left, read_generations
from framework.tables.delta.handle import first_line, open_table, table_errors
from framework.tables.delta.history import published_intervals
from framework.tables.delta.live import LiveFile, attribute, files_hash, layout_of
from framework.tables.delta.log import Log
from framework.tables.delta.names import OWNER, app_id
from framework.tables.delta.snapshot import add_actions, live_files

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from pyarrow.parquet import FileMetaData

_TRIES = 20


@dataclass(frozen=True, kw_only=True)
class Compaction:
    """What of a table can be compacted. `left_out`: intervals that cannot, and why."""

    table_id: str
    bins: tuple[Bin, ...]
    left_out: Mapping[Interval, str]


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A bin and the file that has its rows."""

    bin: Bin
    path: str
    size: int
    footer: "FileMetaData"


def look(binding: Binding, intervals: Sequence[Interval] | None, target: int) -> Compaction | None:
    """What could be joined to files of up to `target` bytes; None when there is no table of ours.

    `intervals`: None for all. Only what is as it was published is touched.
    """
    table = _open(binding)
    if table is None:
        return None
    files, left_out = _intact_files(table, binding, intervals)
    with table_errors(binding.location):
        rows = add_actions(table).to_pylist()
    partitions = {row["path"]: partition_texts(row.get("partition")) for row in rows}
    bins = pack(files, partitions, target=target)
    return Compaction(table_id=str(table.metadata().id), bins=tuple(bins), left_out=left_out)


def join(binding: Binding, bins: Sequence[Bin], stage_id: str) -> tuple[list[Joined], list[Bin]]:
    """Write each bin as one file of a stage; the bins whose files cannot be joined are left."""
    directory = stage_directory(binding, stage_id)
    joined, left = [], []
    for number, each in enumerate(bins):
        path = f"{directory}/{INTERVAL_DIRECTORY}={KEPT}{each.interval.label}/part-{number:05}.parquet"
        try:
            size, footer = rewrite(
                binding.location, [file.path for file in each.files], path, partition=each.partition
            )
        except UnlikeError:
            left.append(each)
        else:
            joined.append(Joined(bin=each, path=path, size=size, footer=footer))
    return joined, left


def commit(
    binding: Binding,
    schema: Schema,
    table_id: str,
    joined: Sequence[Joined],
    *,
    stage_id: str,
    wanted: Wanted,
) -> list[Joined]:
    """Put the new files in place of the old; those for which nothing has changed meanwhile.

    Raises `RetryError` when other writers are faster again and again, or the table was dropped, and
    `StageLostError` when the new files are gone, are about to go, or are being cleaned up.
    """
    if not joined:
        return []
    directory, sizes = stage_directory(binding, stage_id), {each.path: each.size for each in joined}
    retention = delta_retention(_reopen(binding, table_id))
    check_stage_of(binding.location, directory, sizes, at_most=retention / 2)
    take_fate_of(binding.location, directory, stage_id)
    said = ""
    for _ in range(_TRIES):
        table = _reopen(binding, table_id)
        live = {file.path: file for file in live_files(table, binding.location)}
        done = [each for each in joined if each.path in live]
        if done:
            checkpoint(table, table.version())
            return done
        still = _still_open(table, binding, joined, live)
        if not still:
            return []
        wanted()
        said = _try(table, binding, schema, still, stage_id)
    raise RetryError(f"other writers were faster, again and again: {said}", where=binding.location.uri)


def _reopen(binding: Binding, table_id: str) -> "DeltaTable":
    table = _open(binding)
    if table is None or str(table.metadata().id) != table_id:
        raise RetryError("the table was dropped since it was looked at", where=binding.location.uri)
    return table


def _open(binding: Binding) -> "DeltaTable | None":
    table = open_table(binding.location)
    if table is None or OWNER not in table.metadata().configuration:
        return None
    refused = refusals_of(table)
    if refused:
        what = f"the table has what cannot be committed to: {'; '.join(refused)}"
        raise MisconfiguredError(what, where=binding.location.uri)
    return table


def _intact_files(
    table: "DeltaTable", binding: Binding, intervals: Sequence[Interval] | None
) -> tuple[Mapping[Interval, Sequence[LiveFile]], Mapping[Interval, str]]:
    """The live files by interval, of what is as it was published; a merged table's all together."""
    changed = "was changed by somebody else: run its job first"
    live = live_files(table, binding.location)
    if layout_of(table) == "merged":
        log = Log(binding.location, table.version())
        is_ours = is_as_left(log, binding.dataset, live)
        return ({WHOLE: live}, {}) if is_ours else ({}, {WHOLE: changed})
    asked = published_intervals(table, binding) if intervals is None else intervals
    generations = read_generations(table, binding, asked, look_back=0)
    intact = [interval for interval, found in generations.items() if found.is_intact]
    left_out = dict.fromkeys((i for i, found in generations.items() if not found.is_intact), changed)
    return attribute(live, intact, layout_of(table), binding.location), left_out


def _still_open(
    table: "DeltaTable", binding: Binding, joined: Sequence[Joined], live: Mapping[str, LiveFile]
) -> list[Joined]:
    """Those whose old files are all live as they were, in intervals that are as they were published."""
    intact, _ = _intact_files(table, binding, list(dict.fromkeys(each.bin.interval for each in joined)))
    return [
        each
        for each in joined
        if each.bin.interval in intact and all(live.get(file.path) == file for file in each.bin.files)
    ]


def _try(
    table: "DeltaTable",
    binding: Binding,
    schema: Schema,
    joined: Sequence[Joined],
    stage_id: str,
) -> str:
    """One commit on this handle, and what went wrong. Whether it came to be is for the next look to see."""
    from deltalake import Transaction
    from deltalake.exceptions import DeltaError
    from deltalake.transaction import AddAction, RemoveAction

    metadata, now = table.metadata(), int(time.time() * 1000)
    adds = [
        AddAction(
            path=each.path,
            size=each.size,
            partition_values=dict(each.bin.partition),
            modification_time=now,
            data_change=False,
            stats=file_statistics(
                each.footer,
                schema,
                partition_columns=metadata.partition_columns,
                indexed=metadata.configuration.get(STATISTICS_COLUMNS),
            ),
        )
        for each in joined
    ]
    removes = [
        RemoveAction(file.path, data_change=False, deletion_timestamp=now, size=file.size)
        for each in joined
        for file in each.bin.files
    ]
    hashes = _hashes(table, binding, joined)
    notes = json.dumps({"stage_id": stage_id, "compacted": [interval.key for interval in hashes]})
    try:
        table.create_write_transaction(
            [*adds, *removes],
            mode="append",
            schema=table.schema(),
            partition_by=list(metadata.partition_columns),
            commit_properties=strict(
                [Transaction(app_id(binding.dataset, i, "files"), number) for i, number in hashes.items()],
                notes,
            ),
            post_commithook_properties=no_hooks(),
        )
    except (DeltaError, OSError) as error:
        refusal = refusal_of(error)
        if refusal is not None:
            what = f"the table may not be written: {refusal.what}"
            raise MisconfiguredError(what, where=binding.location.uri, hint=refusal.hint) from error
        return first_line(error)
    return ""


def _hashes(table: "DeltaTable", binding: Binding, joined: Sequence[Joined]) -> dict[Interval, int]:
    """`#files` of each interval after the commit."""
    gone = {file.path for each in joined for file in each.bin.files}
    intervals = list(dict.fromkeys(each.bin.interval for each in joined))
    before, _ = _intact_files(table, binding, intervals)
    found = {}
    for interval in intervals:
        kept = [file for file in before[interval] if file.path not in gone]
        new = [LiveFile(path=e.path, size=e.size) for e in joined if e.bin.interval == interval]
        found[interval] = files_hash([*kept, *new])
    return found
