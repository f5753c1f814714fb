"""What a job's inputs are at one moment: ready or not, and their versions for the fingerprint."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from framework.contract.types import Input, Job
from framework.generation import Pin, Published, digest
from framework.interval import WHOLE, Interval
from framework.plan.windows import reach_of, units_of
from framework.project.project import Project


@dataclass(frozen=True, kw_only=True)
class Missing:
    """An input that is not ready: what is not there, and the job that makes it, if it is one of ours."""

    dataset: str
    interval: Interval
    producer: str | None


def render_missing(missing: Iterable[Missing], interval: Interval) -> str:
    """`waits for flights.clean, flights.cancelled (clean_flights makes them)`, in the words of `interval`.

    What is lacking of that very interval goes without saying, so that neighbours say the same.
    """
    by_producer: dict[str | None, list[str]] = {}
    for each in missing:
        is_own = each.interval.is_whole or each.interval.key == interval.key
        lacking = each.dataset if is_own else f"{each.dataset} {each.interval}"
        by_producer.setdefault(each.producer, []).append(lacking)
    parts = []
    for producer, names in by_producer.items():
        makes = f" ({producer} makes {'it' if len(names) == 1 else 'them'})" if producer else ""
        parts.append(f"waits for {', '.join(names)}{makes}")
    return "; ".join(parts)


def find_missing(project: Project, job: Job, interval: Interval, published: Published) -> Iterator[Missing]:
    """The inputs of (job, interval) that are not ready, each with an interval it lacks, its own if so.

    Ready: every unit of the window has a generation (zero rows count). A dataset that has no
    generations of ours, or is read whole: it exists. Files that land one by one: their rule holds for
    the job's own interval.
    """
    for declared in job.inputs.values():
        units = units_of(project, declared, interval)
        pin = published.pins[declared.dataset]
        lacking: Interval | None
        if pin.landed is not None:
            lacking = None if pin.within(interval).exists else interval
        elif units is None:
            lacking = None if pin.exists else WHOLE
        else:
            absent = [unit for unit in units if unit not in pin.generations]
            lacking = next((unit for unit in absent if unit.key == interval.key), next(iter(absent), None))
        if lacking is not None and not declared.optional:
            producer = project.owner_of(declared.dataset)
            name = producer.name if producer else None
            yield Missing(dataset=declared.dataset, interval=lacking, producer=name)


def inputs_digest(project: Project, job: Job, interval: Interval, pins: Mapping[str, Pin]) -> str | None:
    """Versions of all inputs over the windows of (job, interval): `name=hex name=hex`, by name.

    None when one of them is unknown.
    """
    parts = []
    for name, declared in sorted(job.inputs.items()):
        pin = read_of(declared, interval, pins[declared.dataset])
        version = version_of(units_of(project, declared, interval), pin)
        if version is None:
            return None
        parts.append(f"{name}={version[:16]}")
    return " ".join(parts)


def read_of(declared: Input, interval: Interval, pin: Pin) -> Pin:
    """The part of a pin that (job, interval) reads: of files that land one by one those of its window."""
    if pin.landed is None:
        return pin
    return replace(pin.within(reach_of(declared, interval)), exists=pin.within(interval).exists)


def changed_inputs(job: Job, now: str | None, then: str | None) -> tuple[str, ...]:
    """Datasets of the inputs whose versions differ between two `inputs_digest` texts."""
    if now is None or then is None:
        return ()
    before = dict(part.split("=") for part in then.split())
    after = dict(part.split("=") for part in now.split())
    names = [name for name in job.inputs if before.get(name) != after.get(name)]
    return tuple(job.inputs[name].dataset for name in names)


def version_of(units: tuple[Interval, ...] | None, pin: Pin) -> str | None:
    """Hex digest of what is read: the generations of these units, without units the pinned state.

    None when it is unknown.
    """
    if not pin.exists or units == ():
        return digest(("nothing",))
    if pin.files:
        return digest(f"{file.uri} {file.size} {file.etag}" for file in sorted(pin.files))
    if units is None:
        return None if pin.version is None else digest((pin.version,))
    # A table that was dropped and made anew counts its generations from 1 again.
    numbers = (f"{unit.key}#{pin.generations.get(unit, 0)}" for unit in units)
    return digest((pin.table_id or "", *numbers))
