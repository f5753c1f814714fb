"""`sparkjob ready`."""

import click

from framework.cli.options import as_json, environment, interval, print_json, selectors
from framework.cli.workspace import load_workspace
from framework.outcome import exit_code
from framework.plan.steps import Blocked
from framework.present.ready import build_ready_document, render_ready
from framework.run.planning import plan_now


@click.command()
@selectors
@environment
@interval
@as_json
def ready(selectors: tuple[str, ...], env: str, interval: str | None, json_: bool) -> int:
    """Exit 0 when all inputs are there, else 75, and say what is missing and who makes it. Starts no Spark.

    What the selected jobs make for each other need not be there.
    """
    workspace = load_workspace(env)
    request = workspace.request(workspace.select(selectors), interval)
    plan = plan_now(workspace.project, workspace.environment, request)
    if json_:
        print_json(build_ready_document(plan))
    else:
        click.echo(render_ready(plan))
        for name, reason in request.left_out.items():
            click.echo(f"  {name}   left out: {reason}")
    return exit_code(step.outcome for step in plan.steps if isinstance(step, Blocked))
