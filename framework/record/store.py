"""Run records in the state store: `runs/<job>/<started>_<run_id>.json`."""

from collections.abc import Iterator
from typing import Final

from framework.environment.location import Location
from framework.environment.objects import list_objects, put_object, read_object
from framework.errors import MisconfiguredError
from framework.record.document import parse_record, render_record
from framework.record.merge import merge_records
from framework.record.record import RunRecord

LOGS: Final = "logs"
"""The folder of what runs said, a folder a job in it."""


def write_record(state: Location, record: RunRecord) -> None:
    """Keep the record. Raises `RetryError` when the store is away; nothing published depends on it."""
    put_object(state, f"runs/{_name(record)}.json", render_record(record).encode())


def write_log(state: Location, record: RunRecord, text: str) -> None:
    """Keep what the run said: `logs/<job>/<started>_<run_id>.log`. Raises as `write_record` does."""
    put_object(state, f"{LOGS}/{_name(record)}.log", text.encode())


def load_logs(state: Location, job: str, run_id: str) -> Iterator[str]:
    """What each attempt of a run said, oldest first; nothing of one that was killed."""
    for path in sorted(entry.path for entry in list_objects(state, f"{LOGS}/{job}")):
        text = read_object(state, path) if path.endswith(f"_{run_id}.log") else None
        if text is not None:
            yield text.decode(errors="replace")


def last_logged(state: Location, job: str) -> str | None:
    """The id of the last run of a job whose log is kept."""
    paths = sorted(entry.path for entry in list_objects(state, f"{LOGS}/{job}"))
    return paths[-1].rpartition("/")[2].partition("_")[2].removesuffix(".log") if paths else None


def _name(record: RunRecord) -> str:
    return f"{record.job}/{record.started:%Y%m%dT%H%M%S.%f}_{record.run_id}"


def load_records(state: Location, job: str | None = None) -> Iterator[RunRecord]:
    """Records of a job, or of all, the newest first within a job. Unreadable ones are left out."""
    prefix = f"runs/{job}" if job else "runs"
    for path in sorted((entry.path for entry in list_objects(state, prefix)), reverse=True):
        record = _load(state, path)
        if record is not None:
            yield record


def load_record(state: Location, run_id: str) -> RunRecord:
    """The record of `run_id`, a whole id or its unambiguous beginning.

    Raises `MisconfiguredError` when there is none, or when several begin so.
    """
    paths = [entry.path for entry in list_objects(state, "runs")]
    found = {p: p.rpartition("/")[2].partition("_")[2].removesuffix(".json") for p in paths}
    names = sorted({name for name in found.values() if run_id and name.startswith(run_id)})
    if run_id in names:
        names = [run_id]
    if len(names) != 1:
        what = "no run begins" if not names else f"{len(names)} runs begin"
        raise MisconfiguredError(f'{what} with "{run_id}"', hint="`status` lists the last runs.")
    records = [_load(state, path) for path in sorted(p for p, name in found.items() if name == names[0])]
    read = [record for record in records if record is not None]
    if not read:
        raise MisconfiguredError(f"the record of run {names[0]} cannot be read", where=state.uri)
    # A scheduler's retry has the id of its first try: the last invocation speaks.
    return merge_records([record for record in read if record.invocation == read[-1].invocation])


def _load(state: Location, path: str) -> RunRecord | None:
    text = read_object(state, path)
    try:
        return None if text is None else parse_record(text)
    except ValueError:
        return None
