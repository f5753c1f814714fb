"""`sparkjob checks export`."""

from dataclasses import replace
from pathlib import Path

import click

from framework.cli.options import environment
from framework.cli.workspace import load_workspace
from framework.contract.suggest import suggest
from framework.contract.types import Job, Output
from framework.errors import Fault, MisconfiguredError
from framework.exchange.odcs.build import build_contract
from framework.exchange.odcs.text import render_yaml
from framework.exchange.suite import build_suite, render_suite
from framework.present.faults import render_faults
from framework.present.table import count
from framework.project.project import Project, datasets_of


@click.command()
@click.argument("dataset")
@environment
@click.option(
    "--format",
    "format_",
    type=click.Choice(["gx", "odcs"]),
    default="gx",
    show_default=True,
    help="A Great Expectations 1.x suite, or a data contract of the Open Data Contract Standard 3.1.",
)
@click.option("-o", "--output", "path", type=click.Path(path_type=Path, dir_okay=False), help="A file.")
def export(dataset: str, env: str, format_: str, path: Path | None) -> None:
    """Write a dataset's expectations in another format; a data contract has the columns, too.

    What the format has no word for is named on stderr.
    """
    project = load_workspace(env).project
    job, output = _find(project, dataset)
    left: tuple[Fault, ...] = ()
    if format_ == "gx":
        suite, left = build_suite(dataset, output.expectations, output.schema)
        text = render_suite(suite)
    else:
        contract = build_contract(output, owner=job.owner, tags=job.tags, description=job.description.strip())
        text = render_yaml(contract)
    if path is None:
        click.echo(text, nl=False)
    else:
        path.write_text(text, encoding="utf-8")
        written = len(output.expectations) - len(left)
        click.echo(f"{path}   {count(written, 'expectation')} of {dataset}")
    warn(left)


def warn(left: tuple[Fault, ...]) -> None:
    """What was left out or changed, on stderr."""
    if left:
        warned = [replace(fault, where=f"warning: {fault.where}") for fault in left]
        click.echo(render_faults(warned), err=True)


def _find(project: Project, dataset: str) -> tuple[Job, Output]:
    job = project.owner_of(dataset)
    if job is None:
        known = [name for each in project.jobs.values() for name in datasets_of(each)]
        hint = suggest(dataset, sorted(known), kind="Datasets")
        raise MisconfiguredError(f'no job makes "{dataset}"', hint=hint)
    return job, next(output for output in job.outputs.values() if output.dataset == dataset)
