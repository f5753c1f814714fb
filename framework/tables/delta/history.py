"""Generations of a Delta table's intervals: numbers from app transactions, the rest from the log.

The log keeps its commits for 30 days (`delta.logRetentionDuration`); what was published before that
is known by its number alone.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from framework.environment.environment import Binding
from framework.interval import GRAINS, Grain, Interval, parse_key
from framework.tables.delta.actions import Action, partition_of, partition_texts, size_of
from framework.tables.delta.generations import Note, parse_notes, read_numbers, read_restored
from framework.tables.delta.handle import open_table, open_version, table_errors
from framework.tables.delta.live import Layout, attribute, layout_of, live_file
from framework.tables.delta.log import Commit, Log
from framework.tables.delta.names import ADOPTED, COMMIT_KEY, GRAIN, OWNER, TIME, ZONE, app_id, interval_key
from framework.tables.delta.snapshot import add_actions
from framework.tables.history import History, PastFile, PastGeneration

if TYPE_CHECKING:
    from deltalake import DeltaTable


class DeltaHistory:
    """`HistoryReader` for Delta."""

    def intervals(self, binding: Binding) -> tuple[Interval, ...]:
        """See `HistoryReader.intervals`."""
        table = _open(binding)
        return () if table is None else published_intervals(table, binding)

    def history(self, binding: Binding, intervals: Sequence[Interval]) -> History | None:
        """See `HistoryReader.history`. Reads all commits that the log still has, if need be."""
        table = _open(binding)
        if table is None:
            return None
        log = Log(binding.location, table.version())
        numbers = read_numbers(log, binding.dataset, intervals)
        found = {
            (interval, number): PastGeneration(interval=interval, number=number)
            for interval, last in numbers.items()
            for number in range(last, 0, -1)
        }
        for commit in log.newest_first(table.version() + 1) if found else ():
            for past in _published(commit, numbers, table, binding):
                if (past.interval, past.number) in found:
                    found[past.interval, past.number] = past
            if all(past.run_id is not None for past in found.values()):
                break
        for interval, number in numbers.items():
            found[interval, number] = _current(found[interval, number], log, binding.dataset)
        by_interval: dict[Interval, list[PastGeneration]] = {interval: [] for interval in numbers}
        for past in found.values():
            by_interval[past.interval].append(past)
        return History(table_id=str(table.metadata().id), generations=by_interval)


def published_intervals(table: "DeltaTable", binding: Binding) -> tuple[Interval, ...]:
    """Every interval that has a generation at the handle's version, oldest first."""
    configuration = table.metadata().configuration
    grain: Grain | None = next((each for each in GRAINS if each == configuration.get(GRAIN)), None)
    names = Log(binding.location, table.version()).transactions
    keys = (interval_key(name, binding.dataset) for name in names)
    found = (parse_key(key, grain, configuration.get(ZONE, "UTC")) for key in keys if key is not None)
    return tuple(sorted(interval for interval in found if interval is not None))


def _open(binding: Binding) -> "DeltaTable | None":
    table = open_table(binding.location)
    return None if table is None or OWNER not in table.metadata().configuration else table


def _current(past: PastGeneration, log: Log, dataset: str) -> PastGeneration:
    """With what app transactions tell of it, which outlive the log."""
    number = past.number
    return replace(
        past,
        fingerprint=log.transactions.get(app_id(dataset, past.interval, "fingerprint"), 0),
        restored=read_restored(log, dataset, past.interval, number),
    )


def _published(
    commit: Commit, intervals: Iterable[Interval], table: "DeltaTable", binding: Binding
) -> Iterable[PastGeneration]:
    """What one commit has published of these intervals."""
    notes = parse_notes(commit.info.get(COMMIT_KEY))
    noted = {interval: notes[interval.key] for interval in intervals if interval.key in notes}
    if not noted:
        return
    moment = commit.info.get("timestamp")
    layout = layout_of(table)
    if layout == "merged":  # its files hold rows of many intervals
        yield from (_past(interval, note, moment, None) for interval, note in noted.items())
        return
    time = table.metadata().configuration.get(TIME, "")
    if all(note.stage_id == ADOPTED for note in noted.values()):
        actions_of = _adopted(commit.version, noted, layout, time, binding)
        yield from (_past(i, note, moment, actions_of.get(i)) for i, note in noted.items())
        return
    added = {unquote(str(action["path"])): action for action in commit.added}
    files = [live_file(path, action, layout, time) for path, action in added.items()]
    live = attribute(files, noted, layout, binding.location)
    for interval, note in noted.items():
        actions = {file.path: added[file.path] for file in live[interval]}
        yield _past(interval, note, moment, actions)


def _adopted(
    version: int, intervals: Iterable[Interval], layout: Layout, time: str, binding: Binding
) -> Mapping[Interval, Mapping[str, Action]]:
    """The files that were live when the table was adopted; none when its log is gone by now.

    That commit adds none: they had been there before.
    """
    table = open_version(binding.location, version)
    if table is None:
        return {}
    with table_errors(binding.location):
        rows = {row["path"]: row for row in add_actions(table).to_pylist()}
    actions: dict[str, Action] = {
        path: {
            "size": row["size_bytes"],
            "partitionValues": partition_texts(row.get("partition")),
            "stats": json.dumps({"numRecords": row["num_records"]}),
        }
        for path, row in rows.items()
    }
    files = [live_file(path, action, layout, time) for path, action in actions.items()]
    live = attribute(files, intervals, layout, binding.location)
    return {interval: {file.path: actions[file.path] for file in found} for interval, found in live.items()}


def _past(
    interval: Interval, note: Note, moment: object, actions: Mapping[str, Action] | None
) -> PastGeneration:
    return PastGeneration(
        interval=interval,
        number=note.number,
        published=datetime.fromtimestamp(moment / 1000, UTC) if isinstance(moment, int) else None,
        run_id=note.run_id,
        stage_id=note.stage_id,
        fingerprint=note.parts.value if note.parts else None,
        parts=note.parts,
        rows=None if actions is None else _rows(actions.values()),
        files=None
        if actions is None
        else tuple(
            PastFile(path=path, size=size_of(action), partition=partition_of(action))
            for path, action in actions.items()
        ),
        restored=note.restored,
    )


def _rows(actions: Iterable[Action]) -> int | None:
    total = 0
    for action in actions:
        statistics = json.loads(str(action.get("stats") or "{}"))
        if not isinstance(statistics.get("numRecords"), int):
            return None
        total += statistics["numRecords"]
    return total
