"""`sparkjob manifest`."""

from pathlib import Path

import click

from framework.cli.options import environment
from framework.cli.workspace import load_workspace
from framework.manifest.build import build_manifest
from framework.manifest.render import render_manifest, render_schema
from framework.manifest.store import write_manifest
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

    It is the same for every environment; --env only says which sources there are.
    """
    project = load_workspace(env, lenient=False).project
    document = build_manifest(project)
    if output is None:
        click.echo(render_manifest(document), nl=False)
        return
    write_manifest(document, output)
    click.echo(f"{output}/index.json   {count(len(document.jobs), 'job')}")


@manifest.command()
def schema() -> None:
    """Print the JSON Schema of the manifest's documents."""
    click.echo(render_schema(), nl=False)
