"""`sparkjob config`."""

import json
import os
from pathlib import Path

import click

from framework.cli.options import as_json, environment, print_json
from framework.contract.types import Scalar
from framework.environment.load import load_config
from framework.present.table import render_table
from framework.project.load import find_root


@click.command()
@environment
@as_json
def config(env: str, json_: bool) -> None:
    """Show the merged configuration, with the file and line of every value. Secrets print as ***."""
    values = load_config(find_root(Path.cwd()), env, process=os.environ)
    if json_:
        print_json([{"path": v.path, "value": v.value, "where": str(v.where)} for v in values])
    else:
        click.echo(render_table([[v.path, _shown(v.value), str(v.where)] for v in values], indent=0))


def _shown(value: Scalar) -> str:
    """As YAML writes it: `true`, not `True`."""
    return value if isinstance(value, str) else json.dumps(value)
