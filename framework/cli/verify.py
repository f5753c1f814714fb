"""`sparkjob verify`."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import click

from framework.cli.faults import print_faults
from framework.cli.invocation import Options, prepare
from framework.cli.options import as_json, environment, interval, parameters, print_json
from framework.cli.workspace import Workspace, load_workspace
from framework.environment.redaction import redact
from framework.errors import MisconfiguredError
from framework.outcome import exit_code
from framework.plan.steps import Request
from framework.present.faults import render_faults
from framework.present.summary import render_heading
from framework.present.table import count
from framework.run.events import EventName, PlainReporter
from framework.run.guard import Guard
from framework.run.walk import walk
from framework.testing.verify.child import hold_at
from framework.testing.verify.scratch import build_scratch, forget_unloaded
from framework.testing.verify.trial import Bench
from framework.testing.verify.verify import Line, Report, Verification


@click.command()
@click.argument("name")
@environment
@interval
@parameters
@click.option("--quick", is_flag=True, help="Without the runs in other processes: killed, and two at once.")
@click.option("--scratch", hidden=True, type=click.Path(path_type=Path), help="As a trial in this folder,")
@click.option("--hold", hidden=True, metavar="STEP", help="which stops itself at this step.")
@as_json
def verify(
    name: str,
    env: str,
    interval: str | None,
    params: tuple[str, ...],
    quick: bool,
    scratch: Path | None,
    hold: str | None,
    json_: bool,
) -> int:
    """Run a job many ways in a sandbox, and name what makes its rows differ."""
    workspace = load_workspace(env)
    names = workspace.select((name,))
    if len(names) != 1:
        raise MisconfiguredError(f"{name} is {count(len(names), 'job')}", hint="verify takes one at a time.")
    request = replace(workspace.request(names, interval, params=params), force=False)
    if scratch is not None:
        return _run_trial(workspace, request, scratch, hold or "")
    command = ["verify", names[0], "--env", env]
    command += [] if interval is None else ["--interval", interval]
    command += [word for param in params for word in ("--param", param)]
    return _verify(workspace, request, command, quick=quick, json_=json_)


def _verify(
    workspace: Workspace, request: Request, command: Sequence[str], *, quick: bool, json_: bool
) -> int:
    begun = time.monotonic()
    prepare(workspace, request, Options())  # says what is wrong with the request
    (job,) = (workspace.project.jobs[name] for name in request.intervals)
    units = request.intervals[job.name]
    if not json_:
        heading = render_heading(job.name, workspace.environment.name, units)
        click.echo(f"{heading} · tried in a sandbox, nothing published is touched")
    guard = Guard()
    with tempfile.TemporaryDirectory(prefix="sparkjob-verify-") as folder, guard.watching():
        bench = Bench(
            project=workspace.project,
            environment=workspace.environment,
            job=job,
            request=request,
            folder=Path(folder).resolve(),
            guard=guard,
        )
        try:
            report = Verification(bench, command, (lambda _: None) if json_ else _tell).run(kills=not quick)
        finally:
            forget_unloaded(workspace.environment, bench.folder)
    if json_:
        print_json(_document(report, job.name, workspace.environment.name, time.monotonic() - begun))
    else:
        _summarise(report, job.name, time.monotonic() - begun)
    return report.exit_code


def _tell(line: Line) -> None:
    mark = "✗" if line.differs else " "
    click.echo(redact(f"{mark} {line.name:<34} {line.told}   {line.seconds:.1f} s"))


def _summarise(report: Report, job: str, seconds: float) -> None:
    """Findings as faults, since a person has to do something about each; notes after them."""
    if report.outcomes:
        print_faults(report.faults)
        click.echo(f"\n{job} did not publish by itself, so there was nothing to compare")
        return
    if report.findings:
        click.echo(redact(f"\n{render_faults([each.to_fault(job) for each in report.findings])}"))
    if report.notes:
        click.echo(redact(f"\nnotes\n{render_faults(report.notes)}"))
    found = count(len(report.findings), "finding") if report.findings else "nothing found"
    click.echo(f"\n{found} in {count(len(report.lines), 'trial')}, {seconds:.1f} s")


def _document(report: Report, job: str, env: str, seconds: float) -> dict[str, object]:
    return {
        "job": job,
        "environment": env,
        "outcomes": [outcome.value for outcome in report.outcomes],
        "trials": [asdict(line) for line in report.lines],
        "findings": [
            {**asdict(finding), "where": [str(where) for where in finding.where]}
            for finding in report.findings
        ],
        "notes": [str(note) for note in report.notes],
        "faults": [str(fault) for fault in report.faults],
        "seconds": round(seconds, 1),
        "exit_code": report.exit_code,
    }


class _Holding(PlainReporter):
    """Tells events as every run does, and stops this process at one of them."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self._step = step

    def event(self, name: EventName, job: str, detail: str = "") -> None:
        """Tell it, and stop there if it is the step."""
        super().event(name, job, detail)
        hold_at((name, detail), self._step)


def _run_trial(workspace: Workspace, request: Request, folder: Path, step: str) -> int:
    """The job as another process runs it, for the trial in `folder`."""
    (job,) = (workspace.project.jobs[name] for name in request.intervals)
    scratch = build_scratch(workspace.environment, job, folder)
    context = prepare(replace(workspace, environment=scratch), request, Options())
    context.reporter = _Holding(step)
    with context.guard.watching():
        return exit_code(
            part.outcome for record in walk(context.plan(), context) for part in record.intervals
        )
