"""`sparkjob backfill`."""

import time

import click

from framework.cli.examples import refuse_rows_as_json, show_rows
from framework.cli.invocation import Options, invoke, prepare
from framework.cli.options import (
    all_jobs,
    as_json,
    environment,
    interval,
    only,
    only_of,
    parallel,
    parameters,
    print_json,
    require_selection,
    selectors,
)
from framework.cli.workspace import load_workspace
from framework.errors import MisconfiguredError


@click.command()
@selectors
@environment
@interval
@parameters
@all_jobs
@only
@parallel
@show_rows
@as_json
def backfill(
    selectors: tuple[str, ...],
    env: str,
    interval: str | None,
    params: tuple[str, ...],
    all_: bool,
    missing: bool,
    stale: bool,
    parallel: int,
    show_rows: int,
    json_: bool,
) -> int:
    """Run the intervals of a range that are not current: missing, or made by older code or of older inputs.

    `sparkjob plan` with the same arguments shows them. Killed, it is taken up by `sparkjob resume --last`.
    """
    begun = time.monotonic()
    require_selection(selectors, all_=all_, command="backfill")
    if interval is None:
        raise MisconfiguredError(
            "say which range to fill: --interval", hint="sparkjob status shows the gaps of each job."
        )
    refuse_rows_as_json(show_rows, is_json=json_)
    workspace = load_workspace(env)
    request = workspace.request(
        workspace.select(selectors), interval, params=params, only=only_of(missing=missing, stale=stale)
    )
    options = Options(begun=begun, json_=json_, show_rows=show_rows, parallel=parallel)
    context = prepare(workspace, request, options)
    plan = context.plan()
    if not plan.steps:
        print_json([]) if json_ else click.echo(f"nothing is {request.only} in {interval}")
        return 0
    return invoke(context, plan, options)
