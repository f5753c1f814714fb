"""What was asked for, kept before any of it begins: `invocations/<id>.json` in the state store.

So an invocation that was killed can be resumed. It decides nothing: what is current is what the
tables say.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, cast

from framework.contract.types import Scalar
from framework.environment.location import Location
from framework.environment.objects import list_objects, put_object, read_object
from framework.errors import MisconfiguredError
from framework.interval import GRAINS, WHOLE, Interval
from framework.plan.steps import Request
from framework.plan.windows import span_of

_VERSION = 1
FOLDER: Final = "invocations"
"""Their folder in the state store."""


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One call of `run`, `backfill` or `resume`, or of a job file. `resumes`: the one that it resumes.

    Of its request it keeps the jobs, their intervals and parameters, and whether it was forced. An id
    sorts by time.
    """

    id: str
    started: datetime
    request: Request
    resumes: str | None = None


def write_invocation(state: Location, invocation: Invocation) -> None:
    """Keep it. Raises `RetryError` when the store is away."""
    put_object(state, _path(invocation.id), render_invocation(invocation).encode())


def load_invocation(state: Location, name: str | None = None) -> Invocation:
    """The invocation whose id is or begins with `name`; without a name, the last.

    Raises `MisconfiguredError` when there is none, several begin so, or it cannot be understood.
    """
    paths = [entry.path for entry in list_objects(state, FOLDER)]
    ids = sorted(path.rpartition("/")[2].removesuffix(".json") for path in paths)
    found = ids[-1:] if name is None else [each for each in ids if each.startswith(name)]
    if not ids:
        raise MisconfiguredError(
            "nothing was run here yet", where=state.uri, hint="`plan` shows what would run."
        )
    if len(found) != 1:
        raise MisconfiguredError(
            f'{len(found)} invocations begin with "{name}"'
            if found
            else f'no invocation begins with "{name}"',
            where=state.uri,
            hint="--last takes the last one. clean takes those that are older than 30 days.",
        )
    return _parse(state, found[0], read_object(state, _path(found[0])) or b"")


def chain_of(state: Location, invocation: Invocation) -> Iterator[Invocation]:
    """It, the one which it resumes, and so on, as far back as they are kept."""
    yield invocation
    while invocation.resumes is not None:
        text = read_object(state, _path(invocation.resumes))
        if text is None:
            return
        invocation = _parse(state, invocation.resumes, text)
        yield invocation


def _path(name: str) -> str:
    return f"{FOLDER}/{name}.json"


def _parse(state: Location, name: str, text: bytes) -> Invocation:
    try:
        return parse_invocation(text)
    except ValueError as error:
        raise MisconfiguredError(f"invocation {name} cannot be read: {error}", where=state.uri) from None


def render_invocation(invocation: Invocation) -> str:
    """The invocation as JSON: of each job the stretches of neighbouring intervals, by their UTC bounds."""
    request = invocation.request
    document = {
        "version": _VERSION,
        "id": invocation.id,
        "started": invocation.started.isoformat(),
        "resumes": invocation.resumes,
        "force": request.force,
        "jobs": {
            name: {
                "grain": units[0].grain,
                "zone": units[0].zone,
                "stretches": [] if units[0].is_whole else [_bounds(each) for each in _stretches(units)],
                "parameters": dict(request.parameters.get(name, {})),
            }
            for name, units in request.intervals.items()
        },
    }
    return json.dumps(document, indent=1, sort_keys=True)


def parse_invocation(text: bytes | str) -> Invocation:
    """`render_invocation` read back. ValueError for anything else."""
    try:
        document = json.loads(text)
        if document["version"] != _VERSION:
            raise ValueError(f"it is of version {document['version']}")
        jobs = document["jobs"]
        return Invocation(
            id=document["id"],
            started=datetime.fromisoformat(document["started"]),
            resumes=document["resumes"],
            request=Request(
                intervals={name: _parse_units(entry) for name, entry in jobs.items()},
                parameters={name: _parse_parameters(e) for name, e in jobs.items() if e["parameters"]},
                force=document["force"],
            ),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no invocation: {error!r}") from error


def _stretches(units: Sequence[Interval]) -> Iterator[Interval]:
    first = 0
    for number, (unit, following) in enumerate(pairwise(units)):
        if unit.end != following.start:
            yield span_of(tuple(units[first : number + 1]))
            first = number + 1
    yield span_of(tuple(units[first:]))


def _bounds(interval: Interval) -> list[str]:
    return [interval.start.isoformat(), interval.end.isoformat()]


def _parse_units(entry: Mapping[str, object]) -> tuple[Interval, ...]:
    grain = next((grain for grain in GRAINS if grain == entry["grain"]), None)
    if grain is None:
        return (WHOLE,)
    zone = str(entry["zone"])
    stretches = cast("list[tuple[str, str]]", entry["stretches"])
    return tuple(
        unit
        for start, end in stretches
        for unit in Interval(
            start=datetime.fromisoformat(start), end=datetime.fromisoformat(end), grain=grain, zone=zone
        ).units()
    )


def _parse_parameters(entry: Mapping[str, object]) -> Mapping[str, Scalar]:
    return cast("Mapping[str, Scalar]", entry["parameters"])
