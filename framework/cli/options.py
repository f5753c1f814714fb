"""Options that mean the same in every command."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def selectors(command: Command) -> Command:
    """Positional selectors: `name`, `+name`, `name+`, `tag:`, `owner:`, `dataset:`; none: all."""
    return click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")(command)


def environment(command: Command) -> Command:
    """`--env`."""
    return click.option(
        "--env", default="local", show_default=True, help="The environment, configs/ENV.yml."
    )(command)


def interval(command: Command) -> Command:
    """`--interval`."""
    return click.option(
        "--interval",
        metavar="INTERVAL",
        help="2013-01-03, 2013-01, 2013-01-01/2013-01-08 (end exclusive), or timestamps.",
    )(command)


def as_json(command: Command) -> Command:
    """`--json`."""
    return click.option("--json", "json_", is_flag=True, help="Print JSON.")(command)


def parameters(command: Command) -> Command:
    """`--param`."""
    return click.option(
        "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the one selected job."
    )(command)


def print_json(value: object) -> None:
    """`value` as indented JSON on stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
