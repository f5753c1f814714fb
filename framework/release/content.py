"""The archive of a project: what its jobs need of its folder, and nothing else of it."""

from collections.abc import Iterator
from pathlib import Path

from framework.contract.types import Job
from framework.environment.released import NAME, Configuration, render_configuration
from framework.errors import Fault, MisconfiguredError
from framework.project.files import file_of, named_files
from framework.project.modules import PACKAGE
from framework.project.project import Project
from framework.project.sources import ModuleSource, Sources
from framework.release.archive import Member


def project_members(project: Project, configuration: Configuration) -> tuple[Member, ...]:
    """All files below `jobs/`, what jobs name or import beside them, and one environment's configs.

    They are read here, once: whatever is edited meanwhile, address and content belong together.

    Raises `MisconfiguredError` for files that are not in the project's folder, all at once.
    """
    root = project.root.resolve()
    paths = {*_below_jobs(root), *_modules(root), *configuration.files}
    faults = []
    for job in project.jobs.values():
        for file in _named(root, job):
            if file.resolve().is_relative_to(root):
                paths.add(file.resolve().relative_to(root).as_posix())
            else:
                hint = "Keep it in the project, so that a release has it"
                what = f"{job.name} uses {file}, which is outside the project"
                faults.append(Fault(what=what, where=job.where, hint=hint))
    if faults:
        raise MisconfiguredError(faults)
    kept = Member(path=NAME, content=render_configuration(configuration).encode())
    return (kept, *(Member(path=path, content=(root / path).read_bytes()) for path in sorted(paths)))


def _below_jobs(root: Path) -> Iterator[str]:
    for file in (root / PACKAGE).rglob("*"):
        path = file.relative_to(root)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
        if file.is_file() and not hidden and file.suffix != ".pyc":
            yield path.as_posix()


def _modules(root: Path) -> Iterator[str]:
    """The project's modules, in `jobs/` or beside it, that a job file imports, one through the other."""
    sources = Sources(root)
    seen: dict[str, ModuleSource] = {}
    waiting = list(sources.all())
    while waiting:
        module = waiting.pop()
        if module.path not in seen:
            seen[module.path] = module
            waiting += sources.imported(module)
    return iter(seen)


def _named(root: Path, job: Job) -> Iterator[Path]:
    yield from (file_of(root, job, name) for name in named_files(job))
    # Expectations of a suite have the suite's file as their place.
    rules = [rule for each in job.inputs.values() for rule in each.expectations]
    rules += [rule for each in job.outputs.values() for rule in each.expectations]
    yield from (root / rule.where.file for rule in rules if rule.where is not None)
