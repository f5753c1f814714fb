"""One environment's side of a manifest: where the datasets are, how large the jobs, when they run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from framework.contract.types import Job
from framework.environment.cron import Cron, parse_cron
from framework.environment.environment import Environment, JobSettings, Schedule
from framework.errors import Fault, MisconfiguredError
from framework.project.project import Project, datasets_of
from framework.project.select import select


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a dataset is, and in which format; without what one needs to get in.

    `uri`: `s3://…`, an absolute path, or one relative to the project's folder.
    """

    format: str
    uri: str
    source: bool = False


@dataclass(frozen=True, kw_only=True)
class ScheduledJobs:
    """One schedule and its jobs, each after those of them that it reads from.

    `cron` None: `waits_for` are the datasets of other schedules that start it. `left_out`: external
    jobs of which only the runner's name is known, so that somebody else starts them.
    """

    name: str
    cron: str | None
    timezone: str
    jobs: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What renderers take beside a manifest. It holds no secret.

    `bindings` by dataset; `jobs` by name: the size's Spark settings, timeout and role;
    `state`: uri of the folder of run records, below which runs leave their results.
    """

    environment: str
    project: str
    state: str
    bindings: Mapping[str, Place] = field(default_factory=dict)
    jobs: Mapping[str, JobSettings] = field(default_factory=dict)
    schedules: Mapping[str, ScheduledJobs] = field(default_factory=dict)


def build_deployment(project: Project, environment: Environment) -> Deployment:
    """What `environment` says of the datasets, jobs and schedules of a validated project. Pure.

    Raises `MisconfiguredError` with all `schedule_faults`.
    """
    faults = list(schedule_faults(project, environment))
    if faults:
        raise MisconfiguredError(faults)
    read = {declared.dataset for job in project.jobs.values() for declared in job.inputs.values()}
    made = {dataset for job in project.jobs.values() for dataset in datasets_of(job)}
    return Deployment(
        environment=environment.name,
        project=environment.project,
        state=_below(project, environment.state.uri),
        bindings={dataset: _place(project, environment, dataset) for dataset in sorted(read | made)},
        jobs={name: environment.settings(name) for name in sorted(project.jobs)},
        schedules={
            name: _scheduled(project, environment.schedules[name]) for name in sorted(environment.schedules)
        },
    )


def schedule_faults(project: Project, environment: Environment) -> Iterator[Fault]:
    """Selectors that match nothing or nothing that can be started, and more ticks than any job has units.

    A job whose own units end less often has nothing to do at the other ticks.
    """
    for schedule in environment.schedules.values():
        where = f"schedules.{schedule.name}"
        try:
            jobs = [project.jobs[name] for name in select(project, schedule.select)]
        except MisconfiguredError as error:
            yield from (Fault(what=fault.what, where=where, hint=fault.hint) for fault in error.faults)
            continue
        if all(isinstance(job.runner, str) for job in jobs):
            yield Fault(
                what="none of its jobs can be started: all of their runners are only names",
                where=where,
                hint="Give one a runner like runners.Command(…), or remove the schedule",
            )
            continue
        if schedule.cron is None:
            if not _awaited(project, jobs):
                hint = "Give it a cron line; one that is triggered reads what jobs outside of it make"
                yield Fault(what="its jobs read no dataset of a job outside of it", where=where, hint=hint)
            continue
        cron = parse_cron(schedule.cron)
        if all(_is_too_often(cron, job) for job in jobs):
            yield Fault(
                what=f'"{schedule.cron}" ticks more often than units of any of its jobs end',
                where=where,
                hint=f"{jobs[0].name} is made by the {jobs[0].interval}: tick once in each",
            )


def _is_too_often(cron: Cron, job: Job) -> bool:
    match job.interval:
        case "hour":
            return len(cron.minutes) > 1
        case "day":
            return cron.most_in_a_day > 1
        case "month":
            return cron.most_in_a_month > 1
        case _:
            return False


def _scheduled(project: Project, schedule: Schedule) -> ScheduledJobs:
    names = select(project, schedule.select)
    triggered = schedule.cron is None
    return ScheduledJobs(
        name=schedule.name,
        cron=schedule.cron,
        timezone=schedule.timezone,
        jobs=tuple(name for name in names if not isinstance(project.jobs[name].runner, str)),
        left_out=tuple(name for name in names if isinstance(project.jobs[name].runner, str)),
        waits_for=_awaited(project, [project.jobs[name] for name in names]) if triggered else (),
    )


def _awaited(project: Project, jobs: list[Job]) -> tuple[str, ...]:
    """Datasets that the jobs read and that jobs of the project outside of them make."""
    names = {job.name for job in jobs}
    read = {declared.dataset for job in jobs for declared in job.inputs.values()}
    owners = {dataset: project.owner_of(dataset) for dataset in read}
    return tuple(sorted(d for d, owner in owners.items() if owner is not None and owner.name not in names))


def _place(project: Project, environment: Environment, dataset: str) -> Place:
    binding = environment.binding(dataset)
    return Place(format=binding.format, uri=_below(project, binding.location.uri), source=binding.source)


def _below(project: Project, uri: str) -> str:
    """A place in the project's folder relative to it, since the folder is elsewhere at run time."""
    folder = f"{project.root.resolve()}/"
    return uri.removeprefix(folder)
