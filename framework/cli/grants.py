"""`sparkjob grants`."""

from collections.abc import Iterator
from pathlib import Path

import click

from framework.cli.options import all_jobs, as_json, environment, print_json
from framework.cli.workspace import Workspace, load_workspace
from framework.contract.suggest import suggest
from framework.errors import MisconfiguredError
from framework.grants.document import build_grants_document, render_grants
from framework.grants.job import build_grants
from framework.grants.policy import build_document
from framework.grants.trust import build_trust
from framework.manifest.files import write_export
from framework.manifest.renderers.json_text import render_json
from framework.present.table import count


@click.command()
@click.argument("job", metavar="[NAME]", required=False)
@all_jobs
@environment
@click.option("-o", "--output", type=click.Path(path_type=Path), help="With --all: the folder to write to.")
@as_json
def grants(job: str | None, all_: bool, env: str, output: Path | None, json_: bool) -> None:
    """The least rights of one job: SQL grants, and policies of AWS IAM. Looks at nothing but the project.

    With --all it writes NAME.policy.json and NAME.trust.json for the role of each job that we run.
    """
    if all_ and job is None and output is not None and not json_:
        _write(load_workspace(env, lenient=False), output)
        return
    if all_ or job is None or output is not None:
        raise MisconfiguredError(
            "say whose rights", hint="sparkjob grants NAME [--json], or sparkjob grants --all -o DIR"
        )
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


def _write(workspace: Workspace, folder: Path) -> None:
    environment = workspace.environment
    texts = dict(_policies(workspace))
    written = write_export(folder, texts, owner=f"grants/{environment.project}/{environment.name}")
    for path in written.changed:
        click.echo(f"{folder / path}   written")
    for path in written.removed:
        click.echo(f"{folder / path}   removed")
    click.echo(f"{count(len(written.unchanged), 'file')} unchanged; sparkjob grants NAME has SQL and notes")


def _policies(workspace: Workspace) -> Iterator[tuple[str, str]]:
    environment = workspace.environment
    for name, job in sorted(workspace.project.jobs.items()):
        if job.runner is not None:
            continue  # somebody else runs it, as a role of theirs
        found = build_grants(workspace.project, environment, name)
        yield f"{name}.policy.json", render_json(build_document(found.policy))
        trust = build_trust(environment.cluster, environment.settings(name).role)
        if trust is not None:
            yield f"{name}.trust.json", render_json(trust)
