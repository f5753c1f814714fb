"""`sparkjob grants`."""

import click

from framework.cli.options import as_json, environment, print_json
from framework.cli.workspace import load_workspace
from framework.contract.suggest import suggest
from framework.errors import MisconfiguredError
from framework.grants.document import build_grants_document, render_grants
from framework.grants.job import build_grants


@click.command()
@click.argument("job", metavar="NAME")
@environment
@as_json
def grants(job: str, env: str, json_: bool) -> None:
    """The least rights of one job: SQL grants, and policies of AWS IAM. Looks at nothing but the project."""
    workspace = load_workspace(env)
    if job not in workspace.project.jobs:
        raise MisconfiguredError(
            f'there is no job "{job}"', hint=suggest(job, workspace.project.jobs, kind="Jobs")
        )
    found = build_grants(workspace.project, workspace.environment, job)
    if json_:
        print_json(build_grants_document(found))
    else:
        click.echo(render_grants(found))
