"""`sparkjob deploy`."""

import click

from framework.cli.options import as_json, environment, print_json
from framework.cli.package import load_sound_workspace
from framework.cli.workspace import load_workspace
from framework.environment.environment import Environment
from framework.errors import MisconfiguredError
from framework.present.table import count, render_table
from framework.release.deploy import Deployed, point_back
from framework.release.deploy import deploy as deploy_release
from framework.release.store import Release, load_pointers


@click.command()
@environment
@click.option("--to", metavar="RELEASE", help="Put nothing; let a release that is there count again.")
@click.option("--list", "list_", is_flag=True, help="Show what counted, the newest first.")
@as_json
def deploy(env: str, to: str | None, list_: bool, json_: bool) -> None:
    """Put jobs, configs, manifest and Python packages on the environment's store, as one release.

    A release is complete or absent. What is there already is not put again. Old releases stay.
    """
    if to is not None and list_:
        raise MisconfiguredError("--to and --list exclude each other")
    if list_:
        _list(load_workspace(env).environment, json_=json_)
        return
    if to is not None:
        environment = load_workspace(env).environment
        release, moved = point_back(environment, to)
        _tell(environment, release, [], moved=moved, json_=json_)
        return
    workspace = load_sound_workspace(env)
    done = deploy_release(workspace.project, workspace.environment)
    _tell(workspace.environment, done.release, _words(done), moved=done.moved, json_=json_)


def _words(done: Deployed) -> list[str]:
    files = f"{count(done.jobs, 'job')}, {count(done.configs, 'config')}"
    return [
        f"environment {'uploaded' if done.uploaded_archive else 'unchanged'}",
        f"{files} {'uploaded' if done.uploaded else 'unchanged'}",
    ]


def _tell(environment: Environment, release: Release, words: list[str], *, moved: bool, json_: bool) -> None:
    place = environment.releases
    root, archive = release.root(place).uri, release.packages(place).uri
    if json_:
        print_json({"release": release.id, "root": root, "archive": archive, "moved": moved})
        return
    pointed = f"current {'→' if moved else 'is'} {release.id}"
    click.echo(" · ".join([f"release {release.id}", *words, pointed]))
    click.echo(f"  --root {root} --archive {archive}")


def _list(environment: Environment, *, json_: bool) -> None:
    pointers = load_pointers(environment)
    if json_:
        print_json(
            [{"number": p.number, "release": p.release, "since": p.since.isoformat()} for p in pointers]
        )
        return
    if not pointers:
        click.echo(f"nothing is deployed at {environment.releases.uri}")
        return
    rows = [
        [p.release, f"{p.since:%Y-%m-%d %H:%M} UTC", "" if number else "current"]
        for number, p in enumerate(pointers)
    ]
    click.echo(render_table(rows))
