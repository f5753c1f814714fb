"""`sparkjob run`."""

import time

import click

from framework.cli.examples import refuse_rows_as_json, show_rows
from framework.cli.invocation import Options, invoke, prepare
from framework.cli.options import (
    all_jobs,
    as_json,
    environment,
    interval,
    parallel,
    parameters,
    require_selection,
    selectors,
)
from framework.cli.workspace import load_workspace


@click.command()
@selectors
@environment
@interval
@parameters
@all_jobs
@click.option("--force", is_flag=True, help="Run also what is unchanged.")
@click.option("--result", metavar="URI", help="Write the one job's result JSON here.")
@click.option("--run-id", metavar="ID", help="The one job's run id, chosen by the scheduler.")
@parallel
@show_rows
@as_json
def run(
    selectors: tuple[str, ...],
    env: str,
    interval: str | None,
    params: tuple[str, ...],
    all_: bool,
    force: bool,
    result: str | None,
    run_id: str | None,
    parallel: int,
    show_rows: int,
    json_: bool,
) -> int:
    """Plan and execute. Starts Spark only when something has to run."""
    begun = time.monotonic()
    require_selection(selectors, all_=all_, command="run")
    refuse_rows_as_json(show_rows, is_json=json_)
    workspace = load_workspace(env)
    request = workspace.request(workspace.select(selectors), interval, params=params, force=force)
    options = Options(
        begun=begun, run_id=run_id, result=result, json_=json_, show_rows=show_rows, parallel=parallel
    )
    context = prepare(workspace, request, options)
    return invoke(context, context.plan(), options)
