"""`sparkjob checks`."""

import click

from framework.cli.lazy import lazy_group

COMMANDS: dict[str, str] = {
    "export": "A dataset's expectations as a suite or a data contract.",
    "import": "A suite or a data contract as Python.",
    "docs": "Great Expectations' Data Docs of the last runs.",
    "run": "Evaluate the rules of datasets on what is published now.",
    "suggest": "Profile a dataset and propose expectations as code.",
}


@click.group(cls=lazy_group("framework.cli.checks", COMMANDS))
def checks() -> None:
    """Data-quality rules: on published data, and in the formats of others."""
