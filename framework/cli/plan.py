"""`sparkjob plan`."""

import click

from framework.cli.asked import Asked, asked
from framework.cli.options import as_json, only, only_of, print_json
from framework.present.plan import build_plan_document, render_plan, render_plan_checks
from framework.run.planning import plan_now


@click.command()
@asked
@click.option("--force", is_flag=True, help="As if nothing were published.")
@click.option(
    "--checks", is_flag=True, help="Say how the checks of what will run are evaluated; with --force, of all."
)
@only
@as_json
def plan(asked: Asked, force: bool, checks: bool, missing: bool, stale: bool, json_: bool) -> None:
    """Show what would run, and why. The very plan that `run` or `backfill` executes; starts no Spark."""
    workspace, request = asked.load(force=force, only=only_of(missing=missing, stale=stale))
    planned = plan_now(workspace.project, workspace.environment, request)
    if json_:
        print_json(build_plan_document(planned))
    else:
        click.echo(render_plan(planned))
        if checks and not planned.is_idle:
            click.echo(render_plan_checks(planned))
        for name, reason in request.left_out.items():
            click.echo(f"  {name}   left out: {reason}")
