"""`sparkjob manifest`."""

from pathlib import Path

import click

from framework.cli.options import as_json, environment, print_json
from framework.cli.workspace import load_workspace
from framework.manifest.build import build_manifest
from framework.manifest.compare import compare_deployments, compare_manifests
from framework.manifest.deployment import build_deployment
from framework.manifest.render import render_manifest, render_schema
from framework.manifest.store import load_deployments, load_manifest, write_deployment, write_manifest
from framework.outcome import Outcome
from framework.present.changes import build_changes_document, render_changes
from framework.present.table import count


@click.group()
def manifest() -> None:
    """The contracts of all jobs as documents for schedulers."""


@manifest.command()
@environment
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="A folder: one file a job, and an index."
)
def build(env: str, output: Path | None) -> None:
    """Write the manifest: into a folder, or as one JSON document to stdout.

    It is the same for every environment, of which --env says the sources. A folder gets the
    environment's own side beside it: places of the datasets, sizes and schedules.
    """
    workspace = load_workspace(env, lenient=False)
    document = build_manifest(workspace.project)
    if output is None:
        click.echo(render_manifest(document), nl=False)
        return
    write_manifest(document, output)
    place = write_deployment(build_deployment(workspace.project, workspace.environment), output)
    click.echo(f"{output}/index.json   {count(len(document.jobs), 'job')}")
    click.echo(f"{place}   {count(len(workspace.environment.schedules), 'schedule')}")


@manifest.command()
@click.argument("old", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("new", type=click.Path(path_type=Path, file_okay=False, exists=True))
@as_json
def diff(old: Path, new: Path, json_: bool) -> int:
    """Compare two folders of `manifest build`: what changed, and whom it breaks.

    Exit code 65 when something breaks, else 0.
    """
    changes = list(compare_manifests(load_manifest(old), load_manifest(new)))
    before, after = load_deployments(old), load_deployments(new)
    for env in sorted(before.keys() & after.keys()):
        changes += compare_deployments(before[env], after[env])
    if json_:
        print_json(build_changes_document(changes))
    else:
        click.echo(render_changes(changes))
    breaks = any(change.level == "breaking" for change in changes)
    return Outcome.REJECTED.exit_code if breaks else 0


@manifest.command()
def schema() -> None:
    """Print the JSON Schema of the manifest's documents."""
    click.echo(render_schema(), nl=False)
