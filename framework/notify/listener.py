"""What hears of the runs of one invocation."""

from datetime import datetime
from typing import Protocol

from framework.plan.steps import Build
from framework.record.record import RunRecord


class Listener(Protocol):
    """Hears of runs. Nothing that it does fails one or lets one wait."""

    def began(self, build: Build, run_id: str, moment: datetime) -> None:
        """A run of `build` began."""
        ...

    def ended(self, record: RunRecord) -> None:
        """A run, or a step for which none was needed or possible, came to its end."""
        ...

    def close(self) -> None:
        """Nothing more will be said."""
        ...


class Nobody:
    """`Listener` of an environment that names none."""

    def began(self, build: Build, run_id: str, moment: datetime) -> None:
        """Nothing."""

    def ended(self, record: RunRecord) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
