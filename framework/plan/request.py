"""From a selection and a range, as a person writes them, to the unit intervals of each job."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from framework.contract.types import Job, Scalar
from framework.errors import Fault, MisconfiguredError
from framework.interval import WHOLE, Interval, parse_interval
from framework.plan.steps import Request
from framework.plan.ticks import Tick
from framework.plan.windows import grain_of, start_of
from framework.project.project import Project


def build_request(
    project: Project,
    names: Sequence[str],
    *,
    interval: str | Tick | None,
    parameters: Mapping[str, Mapping[str, Scalar]] | None = None,
    force: bool = False,
) -> Request:
    """Each named job takes the intervals of its own grain inside `interval`, none before its start.

    Whole-table jobs run once. External jobs are left out: they are run by somebody else. For a
    single named job a range that cuts through its units is a fault. Of a tick, a job may take none.

    Raises `MisconfiguredError` when a job needs an interval and none is given, when `interval` is
    none, also where no job takes it, is misaligned for a single job, or holds no unit of any job.
    """
    jobs = [project.jobs[name] for name in names if project.jobs[name].runner is None]
    if names and not jobs:
        runners = {name: f"run by {project.jobs[name].runner}, not by sparkjob" for name in names}
        return Request(intervals={}, force=force, left_out=runners)
    if isinstance(interval, Tick):
        return _of_tick(jobs, interval, Request(intervals={}, parameters=dict(parameters or {}), force=force))
    if interval is None:
        waiting = [job.name for job in jobs if job.interval is not None]
        if waiting:
            raise MisconfiguredError(
                f"no interval given for {', '.join(waiting)}",
                hint="Add --interval 2013-01-03, or set example_interval in the environment's configuration.",
            )
    elif all(job.interval is None for job in jobs):
        parse_interval(interval)
    taken = {job.name: _units(job, interval, strict=len(jobs) == 1) for job in jobs}
    empty = [name for name, units in taken.items() if not units]
    if len(empty) == len(taken) > 0:
        starts = ", ".join(f"{name} starts {project.jobs[name].start}" for name in empty)
        raise MisconfiguredError(
            f"the interval {interval} holds nothing to run: {starts}",
            hint="Give a later interval; those before a job's start do not exist.",
        )
    return Request(
        intervals={name: units for name, units in taken.items() if units},
        parameters=dict(parameters or {}),
        force=force,
        left_out={name: _why_empty(project.jobs[name], interval) for name in empty},
    )


def merge_requests(requests: Sequence[Request]) -> Request:
    """What any of `requests` asks for, each unit once, oldest first; they differ in their intervals only."""
    units: dict[str, set[Interval]] = {}
    left_out: dict[str, str] = {}
    for request in requests:
        left_out |= request.left_out
        for name, intervals in request.intervals.items():
            units.setdefault(name, set()).update(intervals)
    return replace(
        requests[0],
        intervals={name: tuple(sorted(found)) for name, found in units.items()},
        left_out={name: reason for name, reason in left_out.items() if name not in units},
    )


def _of_tick(jobs: Sequence[Job], tick: Tick, request: Request) -> Request:
    taken = {job.name: tick.units(job) for job in jobs}
    return replace(
        request,
        intervals={name: units for name, units in taken.items() if units},
        left_out={job.name: tick.why_empty(job) for job in jobs if not taken[job.name]},
    )


def _why_empty(job: Job, text: str | None) -> str:
    asked = parse_interval(text or "", grain=grain_of(job) or "day", zone=job.timezone)
    if asked.clip(start_of(job)) is None:
        return f"{text} is before its start, {job.start}"
    return f"no whole {job.interval} is in {text}"


def _units(job: Job, text: str | None, *, strict: bool) -> tuple[Interval, ...]:
    grain = grain_of(job)
    if grain is None:
        return (WHOLE,)
    assert text is not None
    asked = parse_interval(text, grain=grain, zone=job.timezone)
    if strict and not asked.is_aligned:
        whole = asked.as_grain(grain, job.timezone)
        raise MisconfiguredError(
            Fault(
                what=f"interval {text} cuts through a {grain} of {job.name}",
                where=job.where,
                hint=f"The whole {grain}s are {whole}.",
            )
        )
    clipped = asked.clip(start_of(job))
    if clipped is None:
        return ()
    covering = clipped.as_grain(grain, job.timezone)
    return tuple(u for u in covering.units() if strict or (asked.start <= u.start and u.end <= asked.end))
