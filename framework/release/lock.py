"""The lock that an environment is built from, and what a release needs of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from framework.contract.expect.external import __all__ as EXTERNAL
from framework.environment.environment import Environment
from framework.errors import Fault, MisconfiguredError, Where
from framework.project.project import Project, datasets_of

BROUGHT = ("pyspark", "py4j", "delta-spark")
"""What the cluster has itself: another pyspark beside its own would break it."""
_OURS = "sparkjob"
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==[^ ;\\]+")


@dataclass(frozen=True, kw_only=True)
class Lock:
    """The requirements that are installed, as text, and the names of their distributions."""

    text: str
    names: frozenset[str]


def load_lock(root: Path, file: str) -> Lock:
    """Read a hashed lock, as `uv pip compile --generate-hashes` writes it, without what clusters bring.

    Raises `MisconfiguredError` when it is not there, and for what has no version or no hash.
    """
    try:
        text = (root / file).read_text(encoding="utf-8")
    except OSError as error:
        raise MisconfiguredError(
            f"the lock cannot be read: {error.strerror}",
            where=file,
            hint=f"uv pip compile --universal --generate-hashes {Path(file).with_suffix('.in')} -o {file}, "
            "or name another by release: {lock: …}; docs/deploy.md says what the .in file holds",
        ) from None
    return parse_lock(text, file)


def parse_lock(text: str, file: str) -> Lock:
    """The same of a text that was read."""
    faults, kept, names = [], [], set()
    for line, entry in _entries(text):
        pin = _PIN.match(entry)
        if pin is None or "--hash=" not in entry:
            what = f"neither a version nor a hash is locked: {entry.splitlines()[0]}"
            hint = "uv pip compile --generate-hashes locks both"
            faults.append(Fault(what=what, where=Where(file=file, line=line), hint=hint))
            continue
        name = re.sub(r"[-_.]+", "-", pin["name"]).lower()
        if name not in (*BROUGHT, _OURS):
            names.add(name)
            kept.append(entry)
    if faults:
        raise MisconfiguredError(faults)
    return Lock(text="".join(kept), names=frozenset(names))


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Requirements with the lines that continue them, and the line of each."""
    begun, entry = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if not entry:
            begun = number
        entry += f"{line}\n"
        if not stripped.endswith("\\"):
            yield begun, entry
            entry = ""
    if entry:
        yield begun, entry


def check_lock(lock: Lock, project: Project, environment: Environment) -> None:
    """Raise `MisconfiguredError` for what jobs of `project` need in `environment` and the lock has not."""
    file = environment.release.lock
    faults = [
        Fault(
            what=f"{name} is not locked: {why}",
            where=file,
            hint=f"Add {name} to its .in file and compile it anew",
        )
        for name, why in sorted(_needed(project, environment))
        if name not in lock.names
    ]
    if faults:
        raise MisconfiguredError(faults)


def _needed(project: Project, environment: Environment) -> set[tuple[str, str]]:
    found = {("deltalake", "every run needs it"), ("obstore", "every run needs it")}
    for job in project.jobs.values():
        types = {rule.type for each in job.inputs.values() for rule in each.expectations}
        types |= {rule.type for each in job.outputs.values() for rule in each.expectations}
        if types & set(EXTERNAL):
            why = f"it evaluates {min(types & set(EXTERNAL))} of {job.name}"
            found.add(("great-expectations", why))
        bindings = [environment.binding(dataset) for dataset in datasets_of(job)]
        bindings += [environment.input(each.dataset) for each in job.inputs.values()]
        if any(binding.format == "redshift" for binding in bindings):
            found.add(("redshift-connector", f"{job.name} reads or writes Redshift"))
    return found
