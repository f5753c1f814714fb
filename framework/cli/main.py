"""The `sparkjob` command. Subcommands are imported when they are called, so `--help` is quick."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from framework.cli.faults import exit_code_of
from framework.contract.suggest import suggest
from framework.errors import MisconfiguredError

COMMANDS = {
    "config": "The merged configuration, with the file and line of every value.",
    "graph": "What depends on what: text, Mermaid or DOT.",
    "manifest": "The contracts as documents for schedulers.",
    "plan": "What would run, and why.",
    "run": "Plan and execute.",
    "show": "One run: its checks, inputs, timings.",
    "status": "The last run of every job, and what is not current.",
    "validate": "All faults of contracts and configuration; touches no data.",
}


class _Lazy(click.Group):
    """Imports `framework.cli.<name>` for its `<name>` command only when that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"framework.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name in COMMANDS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        raise MisconfiguredError(
            f'there is no command "{name}"', hint=suggest(name, sorted(COMMANDS), kind="Commands")
        )

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in sorted(COMMANDS)])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sparkjob")
def cli() -> None:
    """Spark jobs with declared inputs, checks and atomic publishes, for any scheduler."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with one of the five codes."""
    sys.exit(exit_code_of(cli, arguments, name="sparkjob"))


if __name__ == "__main__":
    main()
