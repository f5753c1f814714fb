"""`sparkjob package`."""

from pathlib import Path

import click

from framework.cli.fit import check_fit
from framework.cli.options import as_json, environment, print_json
from framework.cli.workspace import Workspace, load_workspace
from framework.errors import MisconfiguredError
from framework.project.applications import find_silent_files
from framework.release.package import build_package


@click.command()
@environment
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("dist"),
    show_default=True,
    help="The folder to write to.",
)
@as_json
def package(env: str, output: Path, json_: bool) -> None:
    """Write what a cluster needs to run the jobs: an archive of Python packages, and one of jobs and configs.

    Their names are addresses of their contents: equal inputs, equal names and bytes. `release` in configs/
    says for which Python and machines.
    """
    workspace = load_sound_workspace(env)
    built = build_package(workspace.project, workspace.environment, output)
    rows = [("environment", built.environment, not built.was_there), ("project", built.project, True)]
    if json_:
        print_json({name: {"path": str(path), "bytes": path.stat().st_size} for name, path, _ in rows})
        return
    for _, path, is_new in rows:
        size = f"{path.stat().st_size / 1e6:,.1f} MB"
        click.echo(f"{path}   {size}   {'written' if is_new else 'unchanged'}")


def load_sound_workspace(env: str) -> Workspace:
    """The workspace, when all of it can run elsewhere.

    Raises `MisconfiguredError` with all faults of the project, and of what it asks of the environment.
    """
    workspace = load_workspace(env, lenient=False)
    check_fit(workspace.project, workspace.environment)
    silent = find_silent_files(workspace.project)
    if silent:
        raise MisconfiguredError(silent)
    return workspace
