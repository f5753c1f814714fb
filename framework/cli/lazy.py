"""Groups of commands whose modules are imported when one of them is called."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from keyword import iskeyword

import click

from framework.contract.suggest import suggest
from framework.errors import MisconfiguredError


def lazy_group(package: str, commands: Mapping[str, str]) -> type[click.Group]:
    """A group of `commands`, name and short help; `<package>.<name>` has the command of that name.

    A module whose name would be a keyword of Python ends with `_`.
    """

    class Lazy(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
            return sorted(commands)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
            if cmd_name not in commands:
                return None
            name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
            command = getattr(import_module(f"{package}.{name}"), name)
            assert isinstance(command, click.Command)
            return command

        def resolve_command(
            self, ctx: click.Context, args: list[str]
        ) -> tuple[str | None, click.Command | None, list[str]]:
            name = args[0]
            if name in commands or name.startswith("-"):
                return super().resolve_command(ctx, args)
            raise unknown_command(name, commands, kind="Commands")

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
            with formatter.section("Commands"):
                formatter.write_dl([(name, commands[name]) for name in sorted(commands)])

    return Lazy


def unknown_command(name: str, known: Iterable[str], *, kind: str) -> MisconfiguredError:
    """The error for a command that there is not."""
    return MisconfiguredError(f'there is no command "{name}"', hint=suggest(name, sorted(known), kind=kind))
