"""`sparkjob checks`."""

import click

from framework.cli.lazy import lazy_group

COMMANDS: dict[str, str] = {}


@click.group(cls=lazy_group("framework.cli.checks", COMMANDS))
def checks() -> None:
    """Data-quality rules: on published data, and in the formats of others."""
