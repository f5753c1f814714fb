"""Selectors: which jobs a command is about."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from framework.contract.suggest import suggest
from framework.contract.types import Job
from framework.errors import Fault, MisconfiguredError
from framework.project.project import Project, datasets_of

Neighbours = Callable[[str], tuple[str, ...]]

Told = Mapping[str, Callable[[str], Collection[str]]]
"""Kinds of selectors that contracts do not answer, such as `result` of `result:failed`: who does, by names
of jobs for what stands behind the colon. Raises `MisconfiguredError` for what it does not know."""

_KINDS = ("tag", "owner", "dataset")


def select(project: Project, selectors: Sequence[str], told: Told | None = None) -> tuple[str, ...]:
    """Names of the jobs that any of `selectors` names, each job after those it reads; none: all.

    A selector is a job's name or a pattern of names (`land_*`), `tag:x`, `owner:x` or
    `dataset:x` (patterns too); a `+` before it adds all that it reads from, a `+` behind it all
    that reads from it.

    Raises `MisconfiguredError` with a fault for each selector that matches no job; one of a kind that is
    `told` may name none.
    """
    wanted: set[str] = set()
    faults: list[Fault] = []
    told = told or {}
    for selector in selectors:
        core = selector.removeprefix("+").removesuffix("+")
        kind, colon, value = core.partition(":")
        if colon and kind in told:
            try:
                matched = set(told[kind](value))
            except MisconfiguredError as error:
                faults += error.faults
                continue
        else:
            matched = _matching(project, core)
            faults += [] if matched else [_unknown(project, selector, core, told)]
        wanted |= matched
        if selector.startswith("+"):
            wanted |= _reached(matched, project.upstream_of)
        if selector.endswith("+"):
            wanted |= _reached(matched, project.downstream_of)
    if faults:
        raise MisconfiguredError(faults)
    return tuple(job.name for job in project.in_order(wanted if selectors else project.jobs))


def _matching(project: Project, core: str) -> set[str]:
    kind, colon, pattern = core.partition(":")
    if not colon:
        return {name for name in project.jobs if fnmatchcase(name, core)}
    return {
        job.name
        for job in project.jobs.values()
        if any(fnmatchcase(value, pattern) for value in _values(job, kind))
    }


def _values(job: Job, kind: str) -> Iterator[str]:
    match kind:
        case "tag":
            yield from job.tags
        case "owner":
            yield from () if job.owner is None else (job.owner,)
        case "dataset":
            yield from datasets_of(job)


def _reached(names: set[str], neighbours: Neighbours) -> set[str]:
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        for name in neighbours(waiting.pop()):
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return reached


def _unknown(project: Project, selector: str, core: str, told: Told) -> Fault:
    kind, colon, value = core.partition(":")
    if not colon:
        hint = suggest(core, sorted(project.jobs), kind="Jobs") or "The project has no jobs"
        if project.broken:
            hint += f"; not loaded, see its faults: {', '.join(project.broken)}"
        if project.owner_of(core) is not None:
            hint = f"It is a dataset: write dataset:{core}"
        return Fault(what=f'no job is named "{core}"', hint=hint)
    if kind not in _KINDS:
        kinds = suggest(kind, [*_KINDS, *told], kind="Kinds")
        return Fault(what=f'unknown selector "{selector}"', hint=kinds)
    known = sorted({v for job in project.jobs.values() for v in _values(job, kind)})
    hint = suggest(value, known, kind=f"{kind.capitalize()}s") or "No job has one"
    return Fault(what=f'no job has the {kind} "{value}"', hint=hint)
