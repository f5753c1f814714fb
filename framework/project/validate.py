"""Every fault of a project's declarations: each job by itself, and how they fit together."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter

from framework.contract.quarantine import published_outputs
from framework.contract.suggest import suggest
from framework.contract.types import Input, Job, Output
from framework.contract.validate import is_dataset_name, validate_job
from framework.contract.window import parse_window
from framework.errors import Fault
from framework.project.engine import engine_faults
from framework.project.expectations import expectation_faults
from framework.project.files import file_of, named_files
from framework.project.project import Project, datasets_of


def validate_project(
    project: Project, *, sources: Collection[str], landing: Collection[str] = ()
) -> list[Fault]:
    """All faults, sorted by place. `sources`: datasets that the configuration calls `source: true`.

    `landing`: those of them whose files land one by one, so that a window says which.

    While a file is broken, nobody knows what it makes: inputs that nobody makes are then left
    out here. See `unmade_inputs` for the jobs that are to run.
    """
    jobs = [*project.jobs.values(), *project.namesakes]
    faults = [fault for job in jobs for fault in find_own_faults(project, job)]
    faults += _namesakes(project)
    faults += _owners(jobs, sources)
    faults += _cycle(project)
    for job in jobs:
        for declared in job.inputs.values():
            faults += _input(project, job, declared, landing)
    if not project.broken:
        faults += unmade_inputs(project, project.jobs, sources=sources)
    return sorted(dict.fromkeys(faults), key=lambda fault: fault.place)


def find_own_faults(project: Project, job: Job) -> list[Fault]:
    """What is wrong with one job by itself, with its files, and with rules that look at its inputs."""
    return [
        *validate_job(job),
        *_files(project, job),
        *expectation_faults(project, job),
        *engine_faults(job),
    ]


def unmade_inputs(project: Project, names: Collection[str], *, sources: Collection[str]) -> list[Fault]:
    """A fault for each input of the named jobs that is no source and that no job makes."""
    made = sorted({dataset for job in project.jobs.values() for dataset in datasets_of(job)})
    known = dict.fromkeys([*sorted(set(sources) - set(made)), *made])
    faults = []
    for name in names:
        for declared in project.jobs[name].inputs.values():
            if declared.dataset in known or not is_dataset_name(declared.dataset):
                continue
            others = [dataset for dataset in known if dataset not in datasets_of(project.jobs[name])]
            named = "Files to be read are named in configs/ with source: true"
            hint = "; ".join(
                filter(None, (suggest(declared.dataset, others, kind="Datasets", limit=12), named))
            )
            if project.broken:
                hint = f"It may be made in {', '.join(project.broken)}, which cannot be loaded"
            what = f'input "{declared.dataset}" of {name}: no job makes it, and it is no source'
            faults.append(Fault(what=what, where=declared.where, hint=hint))
    return faults


def _namesakes(project: Project) -> Iterator[Fault]:
    for job in project.namesakes:
        first = project.jobs[job.name].where
        yield Fault(
            what=f"a second job named {job.name} (first at {first})",
            where=job.where,
            hint="Rename the function, or say name=…",
        )


def _owners(jobs: list[Job], sources: Collection[str]) -> Iterator[Fault]:
    first: dict[str, tuple[Job, Output]] = {}
    for job in jobs:
        for output in published_outputs(job).values():
            owner, earlier = first.setdefault(output.dataset, (job, output))
            if owner is not job:
                yield Fault(
                    what=f"{output.dataset} is made by {job.name} and by {owner.name} ({earlier.where})",
                    where=output.where,
                    hint="A dataset has one owner: give one of them another name",
                )
            if output.dataset in sources and earlier is output:
                yield Fault(
                    what=f"{output.dataset} is made by {job.name}, and the configuration calls it a source",
                    where=output.where,
                    hint="Remove `source: true`, or give the output another name",
                )


def _cycle(project: Project) -> Iterator[Fault]:
    graph = {name: sorted(project.upstream_of(name)) for name in sorted(project.jobs)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # The sorter names each job before one that reads it, and the first again at the end.
        names: list[str] = error.args[1]
        yield Fault(
            what=f"jobs wait for each other: {' → '.join(names)}",
            where=project.jobs[names[0]].where,
            hint='One of them has to read another dataset; one\'s own interval before is window="previous"',
        )


def _files(project: Project, job: Job) -> Iterator[Fault]:
    root = project.root.resolve()
    for name in named_files(job):
        path = file_of(root, job, name).resolve()
        if not path.is_relative_to(root):
            hint = "Keep it in the project, so that a release has it"
            yield Fault(what=f'"{name}" of {job.name} is outside the project', where=job.where, hint=hint)
        elif not path.is_file():
            expected = path.relative_to(root).as_posix()
            beside = sorted(p.name for p in path.parent.glob(f"*{path.suffix}"))
            yield Fault(
                what=f'file "{name}" of {job.name} is not there ({expected})',
                where=job.where,
                hint=suggest(path.name, beside, kind="Files", limit=12),
            )


def _input(project: Project, job: Job, declared: Input, landing: Collection[str]) -> Iterator[Fault]:
    owner = project.owner_of(declared.dataset)
    if owner is None:
        if _is_reach(declared.window) and declared.dataset not in landing:
            what = f'{job.name} reads {declared.dataset}: window="{declared.window}" on what no job makes'
            yield Fault(what=what, where=declared.where, hint="Leave window out: a source is read whole")
        return
    output = next(o for o in published_outputs(owner).values() if o.dataset == declared.dataset)
    for what, hint in _against(declared, owner, output):
        yield Fault(what=f"{job.name} reads {declared.dataset}: {what}", where=declared.where, hint=hint)


def _against(declared: Input, owner: Job, output: Output) -> Iterator[tuple[str, str | None]]:
    if declared.schema is not None:
        yield f"it has the schema that {owner.name} declares", "Leave schema out"
    if output.schema is not None:
        for column in dict.fromkeys(declared.columns or ()):
            if output.schema.find(column) is None:
                yield f'it has no column "{column}"', suggest(column, output.schema.names, kind="Columns")
    if output.time is None and _is_reach(declared.window):
        hint = f"Leave window out, or give the output of {owner.name} a time column"
        yield f'window="{declared.window}" needs a time column, and it has none', hint


def _is_reach(window: str | None) -> bool:
    """Whether the window says how far back to look; a bad one is a fault of the job itself."""
    try:
        return window is not None and isinstance(parse_window(window), timedelta)
    except ValueError:
        return False
