"""Whether what was published by hand stays: what the next run does about it, and `--as-current`."""

from collections.abc import Mapping, Sequence

import click

from framework.cli.datasets import Made
from framework.cli.options import Command
from framework.cli.workspace import Workspace
from framework.environment.commands import for_interval, in_environment
from framework.errors import Fault, MisconfiguredError
from framework.generation import Fingerprint
from framework.interval import Interval
from framework.plan.explain import explain
from framework.plan.steps import Blocked, Build, Request
from framework.plan.windows import span_of
from framework.run.planning import plan_now


def as_current(command: Command) -> Command:
    """`--as-current`."""
    return click.option(
        "--as-current",
        is_flag=True,
        help="You say that the job would make these very rows: it does not run again for them.",
    )(command)


def current_fingerprints(
    made: Made, intervals: Sequence[Interval], workspace: Workspace
) -> Mapping[Interval, Fingerprint]:
    """The fingerprint that a run of now would give each interval.

    Raises `MisconfiguredError` where there is none: an input is not ready, or its version unknown.
    """
    request = Request(intervals={made.job.name: tuple(intervals)}, force=True)
    plan = plan_now(workspace.project, workspace.environment, request)
    faults = [
        Fault(what=f"--as-current: {step.reason}", where=f"{made.job.name} {interval}", hint=step.hint)
        for step in plan.steps
        if isinstance(step, Blocked)
        for interval in step.intervals
    ]
    targets = [target for step in plan.steps if isinstance(step, Build) for target in step.targets]
    ours = {t.interval: t.fingerprint for t in targets if t.output.dataset == made.output.dataset}
    faults += [
        Fault(what="--as-current: the version of an input is unknown", where=f"{made.job.name} {interval}")
        for interval, fingerprint in ours.items()
        if not fingerprint.value
    ]
    if faults:
        raise MisconfiguredError(faults)
    return ours


def outlook(made: Made, intervals: tuple[Interval, ...], workspace: Workspace) -> str:
    """What the next run would do about it."""
    request = Request(intervals={made.job.name: intervals})
    lines = list(explain(plan_now(workspace.project, workspace.environment, request)))
    again = f"sparkjob run {made.job.name}{for_interval(span_of(intervals))}"
    again += in_environment(workspace.environment.name)
    if all(line.action == "unchanged" for line in lines):
        return f"The next run leaves it so, until code or inputs change; {again} --force makes it anew."
    reasons = "; ".join(dict.fromkeys(line.reason for line in lines if line.action != "unchanged"))
    return f"Careful: the next run makes it anew, for {reasons}. Repair the job before, or stop its schedule."
