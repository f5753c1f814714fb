"""`sparkjob checks docs`."""

from itertools import islice
from pathlib import Path

import click

from framework.cli.options import environment, selectors
from framework.cli.workspace import load_workspace
from framework.environment.commands import in_environment
from framework.errors import MisconfiguredError
from framework.present.table import count
from framework.record.datadocs import write_data_docs
from framework.record.store import load_records


@click.command()
@selectors
@environment
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="The site's folder.",
)
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="How many of each job's last runs.",
)
def docs(selectors: tuple[str, ...], env: str, output: Path, runs: int) -> None:
    """Build Great Expectations' Data Docs of the last runs: HTML pages without row values."""
    workspace = load_workspace(env)
    state = workspace.environment.state
    names = workspace.select(selectors)
    # A run that ended before its checks says nothing of them.
    found = [r for name in names for r in islice((r for r in load_records(state, name) if r.verdicts), runs)]
    if not found:
        hint = f"sparkjob status{in_environment(env)}"
        raise MisconfiguredError("none of these jobs has a run with checks", hint=hint)
    pages = write_data_docs(found, output)
    click.echo(f"{output / 'index.html'}   {count(pages, 'page')} of {count(len(found), 'run')}")
