"""`sparkjob show`."""

import click

from framework.cli.options import as_json, environment, print_json
from framework.cli.workspace import load_workspace
from framework.errors import MisconfiguredError
from framework.present.show import render_show
from framework.record.document import build_document
from framework.record.store import load_record, load_records


@click.command()
@click.argument("run", metavar="RUN|JOB")
@environment
@as_json
def show(run: str, env: str, json_: bool) -> None:
    """Show one run: its checks, inputs and timings. A job's name means its last run."""
    workspace = load_workspace(env)
    state = workspace.environment.state
    if run in workspace.project.jobs:
        record = next(load_records(state, run), None)
        if record is None:
            raise MisconfiguredError(f"{run} has never run in {env}", hint=f"sparkjob run {run}")
    else:
        record = load_record(state, run)
    if json_:
        print_json(build_document(record))
    else:
        click.echo(render_show(record))
