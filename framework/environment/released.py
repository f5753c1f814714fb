"""What a release keeps of an environment: its files, and the variables that they name, as they were.

A driver on a cluster has not the variables of whoever deployed. So a release remembers them, and
a run of the release takes them from there. Secrets are no part of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from framework.environment.interpolate import named_variables
from framework.environment.layers import BASE, FOLDER, load_layers
from framework.errors import MisconfiguredError

NAME = ".sparkjob-release.json"
"""The file in the project's folder of a release."""

PROJECT = "SPARKJOB_PROJECT"
"""The variable with which the Python of a release (`release/launcher.sh`) says where its project is."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """An environment's files, paths below the project's folder, and the variables that they name.

    A variable that is None was not set.
    """

    environment: str
    files: tuple[str, ...]
    variables: Mapping[str, str | None]


def load_configuration(root: Path, name: str, *, process: Mapping[str, str]) -> Configuration:
    """The configuration of a sound environment, with the variables as `process` has them."""
    files: list[str] = []
    names: set[str] = set()
    following: str | None = name
    while following is not None:
        layers = load_layers(root, following)
        files += layers.files
        names |= named_variables(layers.root) if layers.root is not None else frozenset()
        following = None if layers.inputs_from is None else str(layers.inputs_from.value)
    base = f"{FOLDER}/{BASE}.yml"
    return Configuration(
        environment=name,
        files=tuple(sorted({*files, *([base] if (root / base).is_file() else [])})),
        variables={each: process.get(each) for each in sorted(names)},
    )


def render_configuration(configuration: Configuration) -> str:
    """The text of the file `NAME`."""
    kept = {
        "version": 1,
        "environment": configuration.environment,
        "variables": dict(configuration.variables),
    }
    return json.dumps(kept, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def load_process(root: Path, environment: str, process: Mapping[str, str]) -> Mapping[str, str]:
    """`process`, and over it what the release remembers when `root` is the project of one.

    Raises `MisconfiguredError` when it is the release of another environment.
    """
    file = root / NAME
    if not file.is_file():
        return process
    kept = json.loads(file.read_text(encoding="utf-8"))
    if kept["environment"] != environment:
        raise MisconfiguredError(
            f'this release is of environment "{kept["environment"]}", not of "{environment}"',
            where=str(file),
            hint=f"Say --env {kept['environment']}, or deploy one for {environment}.",
        )
    own = {name: value for name, value in process.items() if name not in kept["variables"]}
    return own | {name: value for name, value in kept["variables"].items() if value is not None}
