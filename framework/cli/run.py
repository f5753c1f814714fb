"""`sparkjob run`."""

from dataclasses import replace

import click

from framework.cli.asked import Asked, asked, executed
from framework.cli.invocation import Options, invoke, prepare
from framework.cli.options import all_jobs, require_selection


@click.command()
@asked
@all_jobs
@click.option("--force", is_flag=True, help="Run also what is unchanged.")
@click.option("--result", metavar="URI", help="Write the one job's result JSON here.")
@click.option("--run-id", metavar="ID", help="The one job's run id, chosen by the scheduler.")
@executed
def run(
    asked: Asked, all_: bool, force: bool, result: str | None, run_id: str | None, options: Options
) -> int:
    """Plan and execute. Starts Spark only when something has to run."""
    require_selection(asked.selectors, all_=all_, command="run")
    workspace, request = asked.load(force=force)
    options = replace(options, run_id=run_id, result=result)
    context = prepare(workspace, request, options)
    return invoke(context, context.plan(), options)
