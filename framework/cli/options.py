"""Options that mean the same in every command."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from framework.environment.commands import USUAL
from framework.errors import MisconfiguredError
from framework.plan.steps import Only

Command = TypeVar("Command", bound=Callable[..., Any])


def selectors(command: Command) -> Command:
    """Positional selectors: see `project.select`; none: all."""
    return click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")(command)


def all_jobs(command: Command) -> Command:
    """`--all`, for commands that change something: see `require_selection`."""
    return click.option("--all", "all_", is_flag=True, help="Every job.")(command)


def require_selection(selectors: Sequence[str], *, all_: bool, command: str) -> None:
    """Raise `MisconfiguredError` unless it is said which jobs to run, by selectors or by `--all`."""
    if bool(selectors) != all_:
        return
    raise MisconfiguredError(
        "selectors and --all exclude each other"
        if selectors
        else f"say what to {command}: selectors or --all",
        hint=f"sparkjob {command} NAME, sparkjob {command} NAME+ (and what reads it), "
        f"or sparkjob {command} --all.",
    )


def environment(command: Command) -> Command:
    """`--env`."""
    return click.option("--env", default=USUAL, show_default=True, help="The environment, configs/ENV.yml.")(
        command
    )


def interval(command: Command) -> Command:
    """`--interval`."""
    return click.option(
        "--interval",
        metavar="INTERVAL",
        help="2013-01-03, 2013-01, 2013, 2013-01-01/2013-01-08 (end exclusive), or timestamps.",
    )(command)


def as_json(command: Command) -> Command:
    """`--json`."""
    return click.option("--json", "json_", is_flag=True, help="Print JSON.")(command)


def parameters(command: Command) -> Command:
    """`--param`."""
    return click.option(
        "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the one selected job."
    )(command)


def only(command: Command) -> Command:
    """`--missing` and `--stale`: see `only_of`."""
    missing = click.option("--missing", is_flag=True, help="Only intervals that were never published.")
    stale = click.option(
        "--stale", is_flag=True, help="Only intervals that are published, by older code or of older inputs."
    )
    return missing(stale(command))


def only_of(*, missing: bool, stale: bool) -> Only | None:
    """What the two flags say together: both mean what neither means, all that is not current."""
    if missing == stale:
        return None
    return "missing" if missing else "stale"


def parallel(command: Command) -> Command:
    """`--parallel`."""
    return click.option(
        "--parallel",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        metavar="N",
        help="How many jobs and intervals may run at once, in one Spark.",
    )(command)


def print_json(value: object) -> None:
    """`value` as indented JSON on stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
