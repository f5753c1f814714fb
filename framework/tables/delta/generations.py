"""The current generations of a table's intervals, from one handle."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.environment.environment import Binding
from framework.generation import Fingerprint, Generation
from framework.interval import WHOLE, Interval
from framework.tables.delta.live import LiveFile, files_hash, layout_of
from framework.tables.delta.log import Log
from framework.tables.delta.names import COMMIT_KEY, GRAIN, app_id, is_generation
from framework.tables.delta.snapshot import files_of, live_files

if TYPE_CHECKING:
    from deltalake import DeltaTable

LOOK_BACK = 200
"""How many commits are searched for run ids and fingerprint parts, which only explain."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """What our commit's metadata says of one interval's generation."""

    number: int
    run_id: str
    stage_id: str
    parts: Fingerprint | None
    restored: int | None = None


def read_generations(
    table: "DeltaTable",
    binding: Binding,
    intervals: Iterable[Interval],
    *,
    look_back: int = LOOK_BACK,
    log: Log | None = None,
) -> Mapping[Interval, Generation]:
    """The generation of each interval that has one, at the handle's version.

    With `log` at the version of that, which is the handle's or a later one, from commits of ours alone.

    Of a table into which rows are merged also that of `WHOLE`, with the number 0 where it has intervals:
    whether what is live is what we left.
    """
    log = log or Log(binding.location, table.version())
    asked = tuple(intervals)
    numbers = read_numbers(log, binding.dataset, asked)
    layout = layout_of(table)
    if layout == "merged" and WHOLE in asked and table.metadata().configuration[GRAIN] != "whole":
        numbers[WHOLE] = 0
    if not numbers:
        return {}
    location, then = binding.location, log.since(table.version())
    if layout == "merged":
        hashes = merged_hashes(log, binding.dataset, live_files(table, location, then), numbers)
    else:
        hashes = {i: files_hash(of) for i, of in files_of(table, numbers, location, then).items()}
    notes = read_notes(log, numbers, look_back)
    table_id = str(table.metadata().id)
    found = {}
    for interval, number in numbers.items():
        note = notes.get(interval)
        found[interval] = Generation(
            dataset=binding.dataset,
            interval=interval,
            number=number,
            fingerprint=log.transactions.get(app_id(binding.dataset, interval, "fingerprint"), 0),
            files=_published_files(log, binding.dataset, interval),
            live=hashes[interval],
            table_id=table_id,
            run_id=note.run_id if note else None,
            stage_id=note.stage_id if note else None,
            parts=note.parts if note else None,
            restored=read_restored(log, binding.dataset, interval, number),
        )
    return found


def merged_hashes(
    log: Log, dataset: str, files: Sequence[LiveFile], intervals: Iterable[Interval]
) -> dict[Interval, int]:
    """`Generation.live` where all intervals share the live files.

    These are what the last publish left, of whichever interval it was, or somebody else's. Then an
    interval is intact only in the state that its own publish left, to which a table may be restored.
    """
    live, is_ours = files_hash(files), is_as_left(log, dataset, files)
    return {each: _published_files(log, dataset, each) if is_ours else live for each in intervals}


def is_as_left(log: Log, dataset: str, files: Iterable[LiveFile]) -> bool:
    """Whether the live files of a table into which rows are merged are those that our last publish left."""
    return files_hash(files) == _published_files(log, dataset, WHOLE)


def _published_files(log: Log, dataset: str, interval: Interval) -> int:
    """What was published as `#files`; of an interval that never was, the number of no files at all."""
    return log.transactions.get(app_id(dataset, interval, "files"), files_hash(()))


def read_restored(log: Log, dataset: str, interval: Interval, number: int) -> int | None:
    """Whose rows the generation `number` of an interval has, if a rollback made it."""
    if log.transactions.get(app_id(dataset, interval, "rollback")) != number:
        return None
    return log.transactions.get(app_id(dataset, interval, "restored"))


def read_numbers(log: Log, dataset: str, intervals: Iterable[Interval]) -> dict[Interval, int]:
    """The generation number of each interval that has one."""
    found = {each: log.transactions.get(app_id(dataset, each, "generation"), 0) for each in intervals}
    return {interval: number for interval, number in found.items() if number}


def has_generation(log: Log, dataset: str) -> bool:
    """Whether any interval of `dataset` was ever published into this table."""
    return any(is_generation(name, dataset) for name in log.transactions)


def read_notes(log: Log, numbers: Mapping[Interval, int], look_back: int) -> Mapping[Interval, Note]:
    """What the newest commits say of these generations: those that published them, if among them."""
    missing = {interval.key: interval for interval in numbers}
    found = {}
    for commit in log.newest_first(look_back):
        for key, note in parse_notes(commit.info.get(COMMIT_KEY)).items():
            if key in missing and note.number == numbers[missing[key]]:
                found[missing.pop(key)] = note
        if not missing:
            break
    return found


def render_notes(run_id: str, stage_id: str, notes: Mapping[Interval, Note]) -> str:
    """The JSON text in a publishing commit's metadata: what it says of each interval's generation."""
    generations: dict[str, dict[str, object]] = {}
    for interval, note in notes.items():
        generations[interval.key] = {"number": note.number, "fingerprint": note.parts and vars(note.parts)}
        if note.restored is not None:
            generations[interval.key]["restored"] = note.restored
    document = {"run_id": run_id, "stage_id": stage_id, "generations": generations}
    return json.dumps(document, sort_keys=True)


def parse_notes(text: object) -> Mapping[str, Note]:
    """`render_notes` read back, by interval key; empty for what is not ours."""
    if not isinstance(text, str):
        return {}
    try:
        document = json.loads(text)
        return {
            key: Note(
                number=entry["number"],
                run_id=document["run_id"],
                stage_id=document["stage_id"],
                parts=entry["fingerprint"] and Fingerprint(**entry["fingerprint"]),
                restored=entry.get("restored"),
            )
            for key, entry in document["generations"].items()
        }
    except (ValueError, KeyError, TypeError):
        return {}
