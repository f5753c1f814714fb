"""What is left of an earlier request, by what its own runs have published since."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from framework.contract.parameters import parameter_types
from framework.contract.types import Job
from framework.errors import Fault, MisconfiguredError
from framework.interval import Interval
from framework.plan.steps import Request
from framework.project.project import Project


def remaining(request: Request, project: Project, published: Mapping[str, Collection[Interval]]) -> Request:
    """The request to be planned again; what is current is found to be so by the plan.

    `published`: intervals by job that runs of the same request have published. They are left out
    where a plan would run them in any case: of a forced request, and of a job with `rerun="always"`.

    Raises `MisconfiguredError` when the project's jobs are not those that were asked for.
    """
    faults = [fault for name in request.intervals for fault in _faults(request, name, project.jobs.get(name))]
    if faults:
        raise MisconfiguredError(faults)
    left = {
        name: tuple(
            unit
            for unit in units
            if not (request.force or project.jobs[name].rerun == "always")
            or unit not in published.get(name, ())
        )
        for name, units in request.intervals.items()
    }
    return replace(request, intervals={name: units for name, units in left.items() if units})


def _faults(request: Request, name: str, job: Job | None) -> Iterator[Fault]:
    hint = "`run` and `backfill` take jobs and intervals as they are now."
    if job is None:
        yield Fault(what=f'there is no job "{name}" any more', hint=hint)
        return
    unit = request.intervals[name][0]
    if (job.interval, job.timezone if job.interval else "UTC") != (unit.grain, unit.zone):
        what = f"{name} had intervals of {unit.grain or 'the whole table'} in {unit.zone}, and has others now"
        yield Fault(what=what, where=job.where, hint=hint)
    for parameter in request.parameters.get(name, {}):
        if parameter not in parameter_types(job):
            yield Fault(what=f'{name} has no parameter "{parameter}" any more', where=job.where, hint=hint)
