"""`sparkjob status`."""

from itertools import islice

import click

from framework.cli.options import as_json, environment, interval, print_json, selectors
from framework.cli.workspace import load_workspace
from framework.present.status import build_status, build_status_document, render_status
from framework.record.store import load_records
from framework.run.planning import plan_now

_LOOKBACK = 200
"""How many of a job's last records are looked at for the last run of an interval."""


@click.command()
@selectors
@environment
@interval
@as_json
def status(selectors: tuple[str, ...], env: str, interval: str | None, json_: bool) -> None:  # noqa: FBT001
    """Show the last run of every job, and what is not current. Starts no Spark."""
    workspace = load_workspace(env)
    names = workspace.select(selectors)
    request = workspace.request(names, interval)
    planned = plan_now(workspace.project, workspace.environment, request)
    state = workspace.environment.state
    last = {name: list(islice(load_records(state, name), _LOOKBACK)) for name in request.intervals}
    lines = build_status(planned, last)
    if json_:
        print_json(build_status_document(lines))
    else:
        click.echo(render_status(lines))
