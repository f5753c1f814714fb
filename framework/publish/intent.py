"""What a job with several outputs is about to publish, written before the first of them.

A run that dies between two outputs leaves the first published and the second behind. Who comes
next finds here which staged, audited files belong to which outputs, and can carry them forward.
An intent promises nothing: what is published is what the tables say.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from framework.audit.audited import Audited
from framework.environment.location import Location
from framework.environment.objects import put_object, read_object
from framework.errors import FailedError
from framework.generation import Fingerprint
from framework.interval import GRAINS, Interval
from framework.stage.staged import StagedFile

_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class IntendedTarget:
    """One (output, interval): the generation number that it replaces (0: none) and its new fingerprint."""

    interval: Interval
    expected: int
    fingerprint: Fingerprint


@dataclass(frozen=True, kw_only=True)
class IntendedOutput:
    """One output: its staged files of the intervals that are to be published."""

    dataset: str
    files: tuple[StagedFile, ...]
    targets: tuple[IntendedTarget, ...]


@dataclass(frozen=True, kw_only=True)
class Intent:
    """All outputs of one attempt, in the order in which they are published.

    `stage_id` is the attempt's own; a run id may be a scheduler's, and that of its retry as well.
    """

    job: str
    run_id: str
    stage_id: str
    outputs: tuple[IntendedOutput, ...]

    def find(self, dataset: str, interval: Interval) -> IntendedTarget | None:
        """What was to happen to one interval of an output, if anything."""
        outputs = (output for output in self.outputs if output.dataset == dataset)
        targets = (target for output in outputs for target in output.targets)
        return next((target for target in targets if target.interval == interval), None)

    def files_of(self, dataset: str) -> tuple[StagedFile, ...]:
        """The staged files of one output."""
        return tuple(file for output in self.outputs if output.dataset == dataset for file in output.files)


def write_intent(
    state: Location, job: str, audited: Sequence[Audited], intervals: Sequence[Interval]
) -> None:
    """Keep what is about to be published, and read it back.

    Raises `RetryError` when the store is away: nothing is published without its intent.
    """
    staged = audited[0].staged
    intent = Intent(
        job=job,
        run_id=staged.run_id,
        stage_id=staged.stage_id,
        outputs=tuple(_intended(each, set(intervals)) for each in audited),
    )
    path = _path(job, staged.stage_id)
    put_object(state, path, render_intent(intent).encode())
    if load_intent(state, job, staged.stage_id) != intent:
        raise FailedError(f"the intent {path} does not read back as it was written", where=state.uri)


def load_intent(state: Location, job: str, stage_id: str) -> Intent | None:
    """The intent of one attempt; None when there is none, or none that can be understood."""
    content = read_object(state, _path(job, stage_id))
    try:
        return None if content is None else parse_intent(content)
    except ValueError:
        return None


def render_intent(intent: Intent) -> str:
    """The intent as JSON."""
    document = {
        "version": _VERSION,
        "job": intent.job,
        "run_id": intent.run_id,
        "stage_id": intent.stage_id,
        "outputs": [
            {
                "dataset": output.dataset,
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
                        "fingerprint": asdict(target.fingerprint),
                    }
                    for target in output.targets
                ],
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
            stage_id=document["stage_id"],
            outputs=tuple(_parse_output(each) for each in document["outputs"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"no intent: {error}") from error


def _intended(audited: Audited, wanted: set[Interval]) -> IntendedOutput:
    targets = [target for target in audited.publishable if target.interval in wanted]
    return IntendedOutput(
        dataset=audited.staged.output.dataset,
        files=tuple(file for target in targets for file in audited.staged.of(target.interval)),
        targets=tuple(
            IntendedTarget(
                interval=target.interval,
                expected=target.expected.number if target.expected else 0,
                fingerprint=target.fingerprint,
            )
            for target in targets
        ),
    )


def _parse_output(each: Mapping[str, object]) -> IntendedOutput:
    entry: dict[str, list[dict[str, object]]] = {k: v for k, v in each.items() if isinstance(v, list)}
    return IntendedOutput(
        dataset=str(each["dataset"]),
        files=tuple(StagedFile(**{**f, "interval": _parse_interval(f["interval"])}) for f in entry["files"]),  # type: ignore[arg-type]
        targets=tuple(_parse_target(target) for target in entry["targets"]),
    )


def _parse_target(entry: Mapping[str, object]) -> IntendedTarget:
    interval, expected, parts = (entry[key] for key in ("interval", "expected", "fingerprint"))
    parsed = _parse_interval(interval)
    if parsed is None or not isinstance(expected, int) or not isinstance(parts, dict):
        raise ValueError("no target of an intent")
    return IntendedTarget(
        interval=parsed,
        expected=expected,
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


def _path(job: str, stage_id: str) -> str:
    return f"intents/{job}/{stage_id}.json"
