"""`sparkjob validate`."""

import click

from framework.cli.fit import check_fit
from framework.cli.options import as_json, environment, print_json
from framework.cli.workspace import load_workspace
from framework.errors import MisconfiguredError
from framework.present.faults import render_faults
from framework.present.table import count


@click.command()
@environment
@as_json
def validate(env: str, json_: bool) -> int:  # a flag of the command line
    """Find all faults of contracts and configuration. Touches no data and starts no Spark."""
    try:
        workspace = load_workspace(env, lenient=False)
        check_fit(workspace.project, workspace.environment)
    except MisconfiguredError as error:
        if json_:
            print_json([{"what": f.what, "where": str(f.where or ""), "hint": f.hint} for f in error.faults])
        else:
            click.echo(render_faults(error.faults), err=True)
            click.echo(f"{count(len(error.faults), 'fault')}, nothing was run", err=True)
        return error.outcome.exit_code
    if json_:
        print_json([])
    else:
        click.echo(f"{count(len(workspace.project.jobs), 'job')}, no faults · environment {env}")
    return 0
