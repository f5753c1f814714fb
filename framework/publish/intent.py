"""What a job with several outputs is about to publish, written before the first of them.

A run that dies between two outputs leaves the first published and the second behind. Who comes
next finds here which staged, audited files belong to which outputs, and can carry them forward.
An intent promises nothing: what is published is what the tables say.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from framework.audit.audited import Audited
from framework.environment.location import Location
from framework.environment.objects import list_objects, put_object, read_object
from framework.errors import FailedError
from framework.generation import Fingerprint
from framework.interval import GRAINS, Interval
from framework.plan.steps import Target
from framework.stage.staged import StagedFile

_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class IntendedTarget:
    """One (output, interval): the generation number that it replaces (0: none) and its new fingerprint.

    `table_id` is that of the replaced generation, None without one.
    """

    interval: Interval
    expected: int
    table_id: str | None
    fingerprint: Fingerprint


@dataclass(frozen=True, kw_only=True)
class IntendedOutput:
    """One output: where its table is, its stage, the files in it, and a count of verdicts by state."""

    dataset: str
    location: str
    stage_id: str
    files: tuple[StagedFile, ...]
    targets: tuple[IntendedTarget, ...]
    verdicts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Intent:
    """All outputs of one run, in the order in which they are published."""

    job: str
    run_id: str
    outputs: tuple[IntendedOutput, ...]


def write_intent(
    state: Location, job: str, run_id: str, audited: Sequence[Audited], intervals: Sequence[Interval]
) -> None:
    """Keep what is about to be published, and read it back.

    Raises `RetryError` when the store is away: nothing is published without its intent.
    """
    wanted = set(intervals)
    intent = Intent(job=job, run_id=run_id, outputs=tuple(_intended(each, wanted) for each in audited))
    path = f"intents/{job}/{run_id}.json"
    put_object(state, path, render_intent(intent).encode())
    if _load(state, path) != intent:
        raise FailedError(f"the intent {path} does not read back as it was written", where=state.uri)


def load_intents(state: Location, job: str) -> Iterator[Intent]:
    """The intents of a job, the newest run id first. Unreadable ones are left out."""
    for path in sorted((each.path for each in list_objects(state, f"intents/{job}")), reverse=True):
        intent = _load(state, path)
        if intent is not None:
            yield intent


def render_intent(intent: Intent) -> str:
    """The intent as JSON."""
    document = {
        "version": _VERSION,
        "job": intent.job,
        "run_id": intent.run_id,
        "outputs": [
            {
                "dataset": output.dataset,
                "location": output.location,
                "stage_id": output.stage_id,
                "files": [
                    {
                        "path": file.path,
                        "size": file.size,
                        "interval": None if file.interval is None else _render_interval(file.interval),
                        "partition": dict(file.partition),
                    }
                    for file in output.files
                ],
                "targets": [
                    {
                        "interval": _render_interval(target.interval),
                        "expected": target.expected,
                        "table_id": target.table_id,
                        "fingerprint": asdict(target.fingerprint),
                    }
                    for target in output.targets
                ],
                "verdicts": dict(output.verdicts),
            }
            for output in intent.outputs
        ],
    }
    return json.dumps(document, indent=1, sort_keys=True)


def parse_intent(text: bytes | str) -> Intent:
    """`render_intent` read back. ValueError for anything else."""
    try:
        document = json.loads(text)
        if document["version"] != _VERSION:
            raise ValueError(f"intent of version {document['version']}")
        return Intent(
            job=document["job"],
            run_id=document["run_id"],
            outputs=tuple(_parse_output(each) for each in document["outputs"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"no intent: {error}") from error


def _intended(audited: Audited, wanted: set[Interval]) -> IntendedOutput:
    staged = audited.staged
    targets = [target for target in audited.publishable if target.interval in wanted]
    states = [verdict.state for verdict in audited.verdicts if verdict.interval in wanted]
    return IntendedOutput(
        dataset=staged.output.dataset,
        location=staged.binding.location.uri,
        stage_id=staged.stage_id,
        files=tuple(file for target in targets for file in staged.of(target.interval)),
        targets=tuple(_intended_target(target) for target in targets),
        verdicts={state: states.count(state) for state in sorted(set(states))},
    )


def _intended_target(target: Target) -> IntendedTarget:
    return IntendedTarget(
        interval=target.interval,
        expected=target.expected.number if target.expected else 0,
        table_id=target.expected.table_id if target.expected else None,
        fingerprint=target.fingerprint,
    )


def _parse_output(each: Mapping[str, object]) -> IntendedOutput:
    entry: dict[str, list[dict[str, object]]] = {k: v for k, v in each.items() if isinstance(v, list)}
    verdicts = each["verdicts"]
    assert isinstance(verdicts, dict)
    return IntendedOutput(
        dataset=str(each["dataset"]),
        location=str(each["location"]),
        stage_id=str(each["stage_id"]),
        files=tuple(StagedFile(**{**f, "interval": _parse_interval(f["interval"])}) for f in entry["files"]),  # type: ignore[arg-type]
        targets=tuple(_parse_target(target) for target in entry["targets"]),
        verdicts=verdicts,
    )


def _parse_target(entry: Mapping[str, object]) -> IntendedTarget:
    interval, expected, table_id, parts = (
        entry[key] for key in ("interval", "expected", "table_id", "fingerprint")
    )
    parsed = _parse_interval(interval)
    if parsed is None or not isinstance(expected, int) or not isinstance(parts, dict):
        raise ValueError("no target of an intent")
    return IntendedTarget(
        interval=parsed,
        expected=expected,
        table_id=None if table_id is None else str(table_id),
        fingerprint=Fingerprint(**parts),
    )


def _render_interval(interval: Interval) -> dict[str, str | None]:
    return {
        "start": interval.start.isoformat(),
        "end": interval.end.isoformat(),
        "grain": interval.grain,
        "zone": interval.zone,
    }


def _parse_interval(entry: object) -> Interval | None:
    if entry is None:
        return None
    if not isinstance(entry, dict):
        raise TypeError("no interval")
    return Interval(
        start=datetime.fromisoformat(entry["start"]),
        end=datetime.fromisoformat(entry["end"]),
        grain=next((grain for grain in GRAINS if grain == entry["grain"]), None),
        zone=entry["zone"],
    )


def _load(state: Location, path: str) -> Intent | None:
    content = read_object(state, path)
    try:
        return None if content is None else parse_intent(content)
    except ValueError:
        return None
