"""The current generations of a table's intervals, from one handle."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.environment.environment import Binding
from framework.generation import Fingerprint, Generation
from framework.interval import Interval
from framework.tables.delta.live import attribute, files_hash, layout_of, live_files
from framework.tables.delta.log import Log
from framework.tables.delta.names import COMMIT_KEY, app_id, is_generation

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


def read_generations(
    table: "DeltaTable", binding: Binding, intervals: Iterable[Interval], *, look_back: int = LOOK_BACK
) -> Mapping[Interval, Generation]:
    """The generation of each interval that has one, at the handle's version."""
    log = Log(binding.location, table.version())
    numbers = read_numbers(log, binding.dataset, intervals)
    if not numbers:
        return {}
    live = attribute(live_files(table, binding.location), numbers, layout_of(table), binding.location)
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
            files=log.transactions.get(app_id(binding.dataset, interval, "files"), 0),
            live=files_hash(live[interval]),
            table_id=table_id,
            run_id=note.run_id if note else None,
            stage_id=note.stage_id if note else None,
            parts=note.parts if note else None,
        )
    return found


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


def render_notes(run_id: str, stage_id: str, parts: Mapping[Interval, tuple[int, Fingerprint]]) -> str:
    """The JSON text in a publishing commit's metadata: generation number and parts by interval."""
    return json.dumps(
        {
            "run_id": run_id,
            "stage_id": stage_id,
            "generations": {
                interval.key: {"number": number, "fingerprint": vars(fingerprint)}
                for interval, (number, fingerprint) in parts.items()
            },
        },
        sort_keys=True,
    )


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
                parts=Fingerprint(**entry["fingerprint"]),
            )
            for key, entry in document["generations"].items()
        }
    except (ValueError, KeyError, TypeError):
        return {}
