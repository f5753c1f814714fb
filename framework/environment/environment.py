"""Where this run's data, state and services are: the one source for Spark, obstore and deltalake."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from framework.environment.bindings import Binding, Bindings, DatasetRule, Format
from framework.environment.location import Location
from framework.environment.patterns import matching
from framework.environment.secrets import Secret

__all__ = [
    "Binding",
    "Bindings",
    "Connection",
    "DatasetRule",
    "Environment",
    "Format",
    "JobSettings",
    "Schedule",
]


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A database. Its fields are pydantic-checked in `environment.settings`."""

    name: str
    type: Literal["redshift"]
    settings: Mapping[str, str | int | bool]
    password: Secret | None = None


@dataclass(frozen=True, kw_only=True)
class JobSettings:
    """What the environment says of one job: its size's Spark settings and its timeout, seconds."""

    size: str | None = None
    timeout: float | None = None
    spark: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A cron line in a time zone, and a selector of jobs."""

    name: str
    cron: str
    timezone: str
    select: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One merged environment. `binding(dataset)` answers for every dataset, by its patterns.

    `jobs`: settings by pattern of the job's name. `secrets`: by the name that jobs use.
    """

    name: str
    project: str
    stores: Mapping[str, Location]
    state: Location
    bindings: Bindings
    connections: Mapping[str, Connection] = field(default_factory=dict)
    jobs: Mapping[str, JobSettings] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    example_interval: str | None = None

    def binding(self, dataset: str) -> Binding:
        """Where `dataset` is. Raises `MisconfiguredError` when no pattern matches it."""
        return self.bindings.of(dataset)

    def settings(self, job: str) -> JobSettings:
        """The settings of `job`: patterns from general to specific, its own name last.

        A more specific size takes the place of the general one with all its Spark settings.
        """
        found = JobSettings()
        for pattern in matching(self.jobs, job):
            said = self.jobs[pattern]
            sized = found if said.size is None else said
            found = JobSettings(
                size=sized.size,
                spark=sized.spark,
                timeout=found.timeout if said.timeout is None else said.timeout,
            )
        return found
