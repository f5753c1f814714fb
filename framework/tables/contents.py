"""What a table itself says of its live rows, at one version, without reading any of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from framework.checks.measure import Statistics
from framework.generation import Pin
from framework.interval import Interval


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The live rows of a table, told apart by interval.

    `pin`: the version that it is about, to be scanned. `of`: by interval, for those that were asked
    for and have a generation. `rest`: the live rows of no interval that was asked for, whether their
    own has a generation or not. None: the table does not say how many rows there are.
    """

    pin: Pin
    of: Mapping[Interval, Statistics | None] = field(default_factory=dict)
    rest: Statistics | None
