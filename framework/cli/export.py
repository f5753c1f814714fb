"""`sparkjob export`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from framework.cli.fit import check_fit
from framework.cli.lazy import unknown_command
from framework.cli.options import environment
from framework.cli.workspace import Workspace, load_workspace
from framework.contract.suggest import suggest
from framework.errors import Fault, MisconfiguredError
from framework.manifest.build import build_manifest
from framework.manifest.deployment import Deployment, build_deployment
from framework.manifest.files import Written, write_export
from framework.manifest.renderers.registry import TARGETS, load_target
from framework.manifest.renderers.target import Setting
from framework.present.table import count
from framework.project.applications import find_silent_files
from framework.release.store import load_current


class Schedulers(click.Group):
    """One command for each scheduler, made of the settings of its renderer."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Names of the targets."""
        return sorted(TARGETS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """The command of that target."""
        return _command(cmd_name) if cmd_name in TARGETS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with our error for a name that there is not."""
        if args[0] in TARGETS or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        raise unknown_command(args[0], TARGETS, kind="Schedulers")


@click.group(cls=Schedulers)
def export() -> None:
    """Write the files of a scheduler, made of contracts and schedules."""


def _command(name: str) -> click.Command:
    target = load_target(name)

    def run(env: str, output: Path, schedule: tuple[str, ...], **settings: str) -> None:
        workspace = load_workspace(env, lenient=False)
        check_fit(workspace.project, workspace.environment)
        silent = find_silent_files(workspace.project)
        if silent:
            raise MisconfiguredError(silent)
        deployment = _chosen(build_deployment(workspace.project, workspace.environment), schedule)
        given = {setting.name: settings[setting.name.replace("-", "_")] for setting in target.settings}
        if given.get("interval"):
            _check_interval(workspace, deployment, given["interval"])
        target.check(given)
        if not given.get("root", "."):
            release, place = load_current(workspace.environment), workspace.environment.releases
            given |= {"root": release.root(place).uri, "archive": release.packages(place).uri}
        texts = target.render(build_manifest(workspace.project), deployment, given)
        written = write_export(output, texts, owner=f"{name}/{deployment.project}/{deployment.environment}")
        _tell(written, output, deployment)

    decorated: Callable[..., None] = environment(run)
    decorated = click.option(
        "--schedule",
        multiple=True,
        metavar="NAME",
        help="Only this schedule, or these; left out: all.",
    )(decorated)
    decorated = click.option(
        "-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder to write to."
    )(decorated)
    for setting in reversed(target.settings):
        decorated = _option(setting)(decorated)
    return click.command(name, help=TARGETS[name], short_help=TARGETS[name])(decorated)


def _chosen(deployment: Deployment, names: Sequence[str]) -> Deployment:
    known = deployment.schedules
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    if unknown:
        hint = suggest(unknown[0], known, kind="Schedules") or "Add it to schedules in configs/"
        raise MisconfiguredError(
            [Fault(what=f'there is no schedule "{name}"', hint=hint) for name in unknown]
        )
    chosen = {name: schedule for name, schedule in known.items() if name in names}
    return replace(deployment, schedules=chosen) if names else deployment


def _check_interval(workspace: Workspace, deployment: Deployment, interval: str) -> None:
    """Raise `MisconfiguredError` for an interval that a job will not take when it is started with it."""
    faults: dict[Fault, None] = {}
    for name in sorted({job for schedule in deployment.schedules.values() for job in schedule.jobs}):
        try:
            workspace.request((name,), interval)
        except MisconfiguredError as error:
            faults |= dict.fromkeys(error.faults)
    if faults:
        raise MisconfiguredError(list(faults))


def _option(setting: Setting) -> Callable[[Callable[..., None]], Callable[..., None]]:
    kind = click.Choice(setting.choices) if setting.choices else click.STRING
    if setting.default is None:
        return click.option(f"--{setting.name}", type=kind, required=True, help=setting.help)
    return click.option(
        f"--{setting.name}",
        type=kind,
        default=setting.default,
        show_default=bool(setting.default),
        help=setting.help,
    )


def _tell(written: Written, output: Path, deployment: Deployment) -> None:
    for path in written.changed:
        click.echo(f"{output / path}   written")
    for path in written.removed:
        click.echo(f"{output / path}   removed")
    left_out = {job for schedule in deployment.schedules.values() for job in schedule.left_out}
    for job in sorted(left_out):
        click.echo(f"{job}   left out: its runner has a name, and nothing says how it is started")
    scheduled = {job for schedule in deployment.schedules.values() for job in schedule.jobs}
    summary = f"{count(len(scheduled), 'job')} in {count(len(deployment.schedules), 'schedule')}"
    click.echo(f"{summary}; {count(len(written.unchanged), 'file')} unchanged")
