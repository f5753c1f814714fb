"""Commands that a line names to go on with: in the environment that the line is about."""

from typing import Final

USUAL: Final = "local"
"""The environment of a command that names none."""


def in_environment(name: str) -> str:
    """What to add to a command so that it is about environment `name`: ` --env prod`, or nothing."""
    return "" if name == USUAL else f" --env {name}"
