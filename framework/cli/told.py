"""Selectors that what is published and what was run answer: `state:changed`, `result:failed`."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import takewhile

from framework.contract.quarantine import published_outputs
from framework.contract.suggest import suggest
from framework.contract.types import Job, Output
from framework.environment.environment import Environment
from framework.errors import MisconfiguredError
from framework.outcome import Outcome
from framework.plan.fingerprints import build_fingerprint
from framework.project.project import Project
from framework.project.select import Told
from framework.record.store import load_records
from framework.tables.history import history_of
from framework.tables.readers import reader_of

_CHANGED = "changed"


def told(project: Project, environment: Environment) -> Told:
    """The two kinds. Nothing is read before a selector asks.

    `state:changed`: jobs of which an output was never published, or whose newest published interval was
    made by other code, contract, checks or parameters; unknown counts as changed.
    `result:OUTCOME` (a pattern too): jobs of whose last run any interval ended so. What was not begun,
    because it was current or waited, leaves no record.
    """
    jobs = [job for job in project.jobs.values() if job.runner is None]

    def in_state(name: str) -> set[str]:
        if name != _CHANGED:
            raise MisconfiguredError(f'there is no state "{name}"', hint=f"States: {_CHANGED}")
        return {job.name for job in jobs if _is_changed(job, project, environment)}

    def with_result(pattern: str) -> set[str]:
        known = [outcome.value for outcome in Outcome]
        if not any(fnmatchcase(each, pattern) for each in known):
            hint = suggest(pattern, known, kind="Results")
            raise MisconfiguredError(f'no run ends as "{pattern}"', hint=hint)
        ends = {job.name: _last_outcomes(job.name, environment) for job in jobs}
        return {name for name, of_job in ends.items() if any(fnmatchcase(o.value, pattern) for o in of_job)}

    return {"state": in_state, "result": with_result}


def _is_changed(job: Job, project: Project, environment: Environment) -> bool:
    return any(
        _is_made_otherwise(job, output, project, environment) for output in published_outputs(job).values()
    )


def _is_made_otherwise(job: Job, output: Output, project: Project, environment: Environment) -> bool:
    binding = environment.binding(output.dataset)
    history = history_of(binding)
    intervals = () if history is None else history.intervals(binding)
    if not intervals:
        return True
    newest = intervals[-1]
    then = reader_of(binding).published(binding, [newest])[newest].parts
    now = build_fingerprint(project, environment, job, output, newest, pins=None, parameters=job.parameters)
    return then is None or bool(set(now.difference(then)) - {"inputs"})


def _last_outcomes(job: str, environment: Environment) -> Iterator[Outcome]:
    """Of all intervals of the last invocation of the job."""
    records = load_records(environment.state, job)
    last = next(records, None)
    if last is None:
        return
    for record in [last, *takewhile(lambda each: each.invocation == last.invocation, records)]:
        yield from (part.outcome for part in record.intervals)
