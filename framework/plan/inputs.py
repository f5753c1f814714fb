"""What a job's inputs are at one moment: ready or not, and their versions for the fingerprint."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from framework.contract.types import Job
from framework.generation import Pin, Published, digest
from framework.interval import WHOLE, Interval
from framework.plan.windows import units_of
from framework.project.project import Project


@dataclass(frozen=True, kw_only=True)
class Missing:
    """An input that is not ready: what is not there, and the job that makes it, if it is one of ours."""

    dataset: str
    interval: Interval
    producer: str | None

    def __str__(self) -> str:
        lacking = self.dataset if self.interval.is_whole else f"{self.dataset} {self.interval}"
        return f"waits for {lacking}" + (f" ({self.producer} makes it)" if self.producer else "")


def find_missing(project: Project, job: Job, interval: Interval, published: Published) -> Iterator[Missing]:
    """The inputs of (job, interval) that are not ready, each with the first interval it lacks.

    Ready: every unit of the window has a generation (zero rows count). A dataset that has no
    generations of ours, or is read whole: it exists.
    """
    for declared in job.inputs.values():
        units = units_of(project, declared, interval)
        pin = published.pins[declared.dataset]
        lacking: Interval | None
        if units is None:
            lacking = None if pin.exists else WHOLE
        else:
            lacking = next((unit for unit in units if unit not in pin.generations), None)
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
        version = version_of(units_of(project, declared, interval), pins[declared.dataset])
        if version is None:
            return None
        parts.append(f"{name}={version[:16]}")
    return " ".join(parts)


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
