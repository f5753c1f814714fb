"""Finds a project and loads its job files; what is broken becomes faults, not exceptions."""

import traceback
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from framework.contract.declare import ATTRIBUTE
from framework.contract.structure import structure_faults
from framework.contract.types import Expectation, Input, Job, Output
from framework.errors import Fault, MisconfiguredError, Where
from framework.project.effects import Effects
from framework.project.hashing import code_digest
from framework.project.modules import is_project_file, job_files, load_module, prepare_imports
from framework.project.project import Project
from framework.project.sources import Sources
from framework.project.suites import Suites
from framework.project.validate import find_own_faults

_Declared = TypeVar("_Declared", Input, Output)


@dataclass(frozen=True, kw_only=True)
class LoadedProject:
    """The jobs that could be loaded, and why the others could not.

    `faults` are of files: they do not concern a run of other jobs. Those of contracts are found
    by `project.validate`.
    """

    project: Project
    faults: tuple[Fault, ...]


def find_root(start: Path) -> Path:
    """The nearest folder around `start` that has `jobs/` and beside it `configs/` or pyproject.toml.

    Raises `MisconfiguredError` when there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "jobs").is_dir() and (
            (folder / "configs").is_dir() or (folder / "pyproject.toml").is_file()
        ):
            return folder
    raise MisconfiguredError(
        f"no project here: neither {start} nor a folder around it has jobs/ and configs/",
        hint="Go to the project's folder.",
    )


def load_project(root: Path) -> LoadedProject:
    """Import all job files of `root` and collect their jobs, places relative to `root`.

    A file that raises, and a declaration with values of wrong types or with a suite that cannot be
    read, is a fault and is left out. What else is wrong with a job whose expectations are not all there
    is among the faults.
    """
    root = root.resolve()
    prepare_imports(root)
    jobs: dict[str, Job] = {}
    held: dict[str, str] = {}
    namesakes: list[Job] = []
    faults: list[Fault] = []
    broken: list[str] = []
    seen: dict[int, Job] = {}
    suites = Suites(root)
    maimed: list[Job] = []
    for file in job_files(root):
        relative = file.relative_to(root).as_posix()
        try:
            module = load_module(root, file)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a user's file can raise anything
            found = [_broken(root, relative, error)]
            declared: list[Job] = []
        else:
            declared, unsound, found = _declared(root, module)
            maimed += [suites.load_into(_relocated(root, job))[0] for job in unsound]
            if not declared and not found:
                faults.append(_nothing(relative))
        # A file that imports another file's job does not declare it a second time.
        new = [job for job in declared if id(job) not in seen]
        seen |= {id(job): job for job in new}
        for job in new:
            relocated, unread = suites.load_into(_relocated(root, job))
            found += unread
            if unread:
                maimed.append(relocated)
                continue
            if job.name in jobs:
                namesakes.append(relocated)
            else:
                jobs[job.name] = relocated
                held[job.name] = relative
        if found:
            broken.append(relative)
            faults += found
    effects = Effects(Sources(root))
    project = Project(
        root=root,
        jobs=jobs,
        hashes={name: code_digest(effects, root, job, held[name]) for name, job in jobs.items()},
        namesakes=tuple(namesakes),
        broken=tuple(broken),
    )
    faults += [fault for job in maimed for fault in find_own_faults(project, job)]
    return LoadedProject(project=project, faults=tuple(dict.fromkeys(faults)))


def job_of(declared: Callable[..., object] | Job) -> Job:
    """The contract of a decorated function, or of what `sql_job` and `external_job` return.

    Its place is absolute; the loaded project has the same job by name with a relative one.
    Raises `MisconfiguredError` for anything else.
    """
    found = declared if isinstance(declared, Job) else getattr(declared, ATTRIBUTE, None)
    if isinstance(found, Job):
        return found
    name = getattr(declared, "__name__", type(declared).__name__)
    raise MisconfiguredError(f"{name} is no job", hint="Decorate the function with @job(…).")


def _nothing(relative: str) -> Fault:
    return Fault(
        what="declares no job",
        where=Where(file=relative, line=1),
        hint="Decorate a function with @job(…), or begin the file's name with _ if it is for other files.",
    )


def _declared(root: Path, module: ModuleType) -> tuple[list[Job], list[Job], list[Fault]]:
    """The sound jobs among a module's values, others without what is no expectation, and their faults."""
    jobs: list[Job] = []
    unsound: list[Job] = []
    faults: list[Fault] = []
    for value in list(vars(module).values()):
        job = value if isinstance(value, Job) else _contract(value)
        if job is None or any(job is known for known in jobs):
            continue
        wrong = [] if value is job or value is job.function else [_covered(job)]
        wrong += structure_faults(job)
        if wrong:
            faults += [_placed(root, fault) for fault in wrong]
            rest = _of_expectations(job)
            if not structure_faults(rest):
                unsound.append(rest)
        else:
            jobs.append(job)
    return jobs, unsound, faults


def _of_expectations(job: Job) -> Job:
    """The job without what stands among its expectations and is none."""

    def without(declared: _Declared) -> _Declared:
        rest = copy(declared)
        if isinstance(declared, Input | Output):
            found = tuple(each for each in declared.expectations if isinstance(each, Expectation))
            object.__setattr__(rest, "expectations", found)
        return rest

    return replace(
        job,
        inputs={name: without(declared) for name, declared in job.inputs.items()},
        outputs={name: without(output) for name, output in job.outputs.items()},
    )


def _placed(root: Path, fault: Fault) -> Fault:
    where = fault.where
    return replace(fault, where=_relative(root, where)) if isinstance(where, Where) else fault


def _contract(value: object) -> Job | None:
    found = getattr(value, "__dict__", {}).get(ATTRIBUTE)
    return found if isinstance(found, Job) else None


def _covered(job: Job) -> Fault:
    hint = "Put @job on top of the other decorators, so that they are part of the job"
    return Fault(what=f"a decorator above @job of {job.name} would not run", where=job.where, hint=hint)


def _broken(root: Path, relative: str, error: BaseException) -> Fault:
    """Where in the project's files it happened, and the exception's first line."""
    message = (str(error).splitlines() or [""])[0]
    where = Where(file=relative, line=1)
    if isinstance(error, SyntaxError) and error.filename and is_project_file(root, error.filename):
        message = error.msg
        where = Where(file=Path(error.filename).relative_to(root).as_posix(), line=error.lineno or 1)
    else:
        for frame in traceback.extract_tb(error.__traceback__):
            if is_project_file(root, frame.filename):
                file = Path(frame.filename).relative_to(root).as_posix()
                where = Where(file=file, line=frame.lineno or 1)
    reason = f"{type(error).__name__}: {message}" if message else type(error).__name__
    loaded = "cannot be loaded" if where.file == relative else f"{relative} cannot be loaded"
    hint = None
    if isinstance(error, ModuleNotFoundError):
        hint = f"Is {error.name} in the environment's requirements, or a file of the project?"
    return Fault(what=f"{loaded}: {reason}", where=where, hint=hint)


def _relocated(root: Path, job: Job) -> Job:
    """The job with all its places relative to the root."""
    return replace(
        job,
        inputs={name: _moved(root, declared) for name, declared in job.inputs.items()},
        outputs={name: _moved(root, output) for name, output in job.outputs.items()},
        where=_relative(root, job.where),
    )


def _moved(root: Path, declared: _Declared) -> _Declared:
    moved = copy(declared)
    expectations = tuple(
        replace(each, where=each.where and _relative(root, each.where)) for each in declared.expectations
    )
    object.__setattr__(moved, "where", _relative(root, declared.where))
    object.__setattr__(moved, "expectations", expectations)
    return moved


def _relative(root: Path, where: Where) -> Where:
    return Where(file=_below(root, where.file), line=where.line)


@lru_cache(maxsize=4)  # the declarations of a file come one after the other
def _below(root: Path, name: str) -> str:
    """A file's path below the root; as it is when it is elsewhere."""
    file = (root / name).resolve()
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else name
