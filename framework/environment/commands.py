"""Commands that a line names to go on with: in the environment that the line is about."""

from typing import Final

from framework.interval import Interval

USUAL: Final = "local"
"""The environment of a command that names none."""


def in_environment(name: str) -> str:
    """What to add to a command so that it is about environment `name`: ` --env prod`, or nothing."""
    return "" if name == USUAL else f" --env {name}"


def for_interval(interval: Interval) -> str:
    """What to add to a command so that it is about `interval`; nothing for a whole table."""
    return "" if interval.is_whole else f" --interval {interval}"
