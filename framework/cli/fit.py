"""What the jobs ask of an environment, and what it says of jobs and datasets that there are not."""

from collections.abc import Iterator

from framework.contract.quarantine import published_outputs
from framework.contract.suggest import suggest
from framework.contract.types import Job
from framework.environment.environment import Environment
from framework.errors import Fault, MisconfiguredError
from framework.manifest.deployment import schedule_faults
from framework.project.project import Project, datasets_of
from framework.tables.readers import reader_of


def check_fit(project: Project, environment: Environment) -> None:
    """Raise `MisconfiguredError` for formats, secrets and names that do not fit together, all at once.

    For a project whose job files could all be loaded.
    """
    faults = [fault for job in project.jobs.values() for fault in _of_job(job, environment)]
    faults += _of_names(project, environment)
    faults += schedule_faults(project, environment)
    if faults:
        raise MisconfiguredError(sorted(set(faults), key=lambda fault: fault.place))


def _of_job(job: Job, environment: Environment) -> Iterator[Fault]:
    read = [(environment.input, declared.dataset) for declared in job.inputs.values()]
    written = [(environment.binding, dataset) for dataset in datasets_of(job)]
    for binding_of, dataset in [*read, *written] if job.runner is None else ():
        try:
            reader_of(binding_of(dataset))
        except MisconfiguredError as error:
            yield from error.faults
    yield from _of_sorting(job, environment)
    for name in job.secrets.values():
        if name not in environment.secrets:
            yield Fault(
                what=f'job {job.name} wants the secret "{name}", which the environment does not have',
                where=job.where,
                hint=suggest(name, environment.secrets, kind="Secrets")
                or f"Add it to configs/: secrets: {{{name}: …}}",
            )


def _of_sorting(job: Job, environment: Environment) -> Iterator[Fault]:
    """Columns that a dataset's files are to be sorted by and that it does not have."""
    for output in published_outputs(job).values() if job.runner is None else ():
        names = output.schema.names if output.schema is not None else ()
        try:
            binding = environment.binding(output.dataset)
        except MisconfiguredError:
            continue  # said already
        for name in binding.sort_by:
            if name not in names:
                yield Fault(
                    what=f"sort_by of {output.dataset}: there is no column {name}",
                    where=binding.where,
                    hint=suggest(name, names, kind="Columns"),
                )


def _of_names(project: Project, environment: Environment) -> Iterator[Fault]:
    for pattern in environment.jobs:
        if pattern not in project.jobs and "*" not in pattern:
            yield Fault(
                what=f'jobs.{pattern}: no job is named "{pattern}"',
                where="configs",
                hint=suggest(pattern, sorted(project.jobs), kind="Jobs"),
            )
    made = {dataset for job in project.jobs.values() for dataset in datasets_of(job)}
    for dataset in environment.bindings.named:
        binding = environment.bindings.of(dataset)
        if dataset not in made and not binding.source:
            yield Fault(
                what=f"no job makes {dataset}, and it is no source",
                where=binding.where,
                hint=suggest(dataset, sorted(made), kind="Datasets", limit=12),
            )
