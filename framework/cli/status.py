"""`sparkjob status`."""

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import islice

import click

from framework.cli.options import as_json, environment, interval, print_json, selectors
from framework.cli.workspace import load_workspace
from framework.interval import WHOLE, Interval
from framework.plan.steps import Request
from framework.plan.windows import grain_of, start_of
from framework.present.status import build_status, build_status_document, render_status
from framework.project.project import Project
from framework.record.record import RunRecord
from framework.record.store import load_records
from framework.run.planning import plan_now

_LOOKBACK = 200
"""How many of a job's last records are looked at for the last run of an interval."""
_UNITS = 1000
"""How many of a job's last intervals are looked at without `--interval`."""


@click.command()
@selectors
@environment
@interval
@as_json
def status(selectors: tuple[str, ...], env: str, interval: str | None, json_: bool) -> None:
    """Show the last run of every job, and what is not current: gaps, stale intervals. Starts no Spark.

    Without an interval, and without an example in the environment: from each job's start to the newest
    interval that was run, of which the last 1,000 are looked at.
    """
    workspace = load_workspace(env)
    names = workspace.select(selectors)
    state = workspace.environment.state
    last = {name: list(islice(load_records(state, name), _LOOKBACK)) for name in names}
    if interval is None and workspace.environment.example_interval is None:
        request = _of_history(workspace.project, last)
    else:
        request = workspace.request(names, interval)
    planned = plan_now(workspace.project, workspace.environment, request)
    lines = build_status(planned, last)
    if json_:
        print_json(build_status_document(lines))
        return
    click.echo(render_status(lines, workspace.environment.name))
    for name, reason in request.left_out.items():
        click.echo(f"  {name}   left out: {reason}")


def _of_history(project: Project, last: Mapping[str, Sequence[RunRecord]]) -> Request:
    """Whole tables, and of every other job the intervals up to the newest that was run."""
    intervals: dict[str, tuple[Interval, ...]] = {}
    left_out = {}
    for name, records in last.items():
        job = project.jobs[name]
        if job.runner is not None:
            continue
        grain = grain_of(job)
        if grain is None:
            intervals[name] = (WHOLE,)
        elif records:
            newest = max(record.interval.end for record in records)
            whole = Interval(start=start_of(job), end=newest, grain=grain, zone=job.timezone)
            intervals[name] = tuple(deque(whole.as_grain(grain, job.timezone).units(), maxlen=_UNITS))
        else:
            left_out[name] = "never run"
    return Request(intervals=intervals, left_out=left_out)
