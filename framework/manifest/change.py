"""One difference between two versions of a project's contracts, and whom it concerns."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["breaking", "deploy", "compatible"]
"""`breaking`: who is named has to change too, or gets wrong. `deploy`: exported files and rights are
to be made anew. `compatible`: nobody has to do anything."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """`subject`: a dataset, a column of it, a job, a schedule. `readers`: jobs that it breaks.

    A breaking change without readers breaks who reads the dataset outside of the project.
    """

    level: Level
    kind: str
    subject: str
    what: str
    readers: tuple[str, ...] = ()
