"""Where this run's data, state and services are: the one source for Spark, obstore and deltalake."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from framework.environment.location import Location
from framework.environment.secrets import Secret
from framework.errors import Where

Format = Literal["delta", "parquet", "csv", "json", "redshift"]


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A database. Its fields are pydantic-checked in `environment.settings`."""

    name: str
    type: Literal["redshift"]
    settings: Mapping[str, str | int | bool]
    password: Secret | None = None


@dataclass(frozen=True, kw_only=True)
class Binding:
    """Where a dataset is and in which format. `source`: made by nobody in this project.

    `options` are Spark reader options, as strings.
    """

    dataset: str
    format: Format
    location: Location
    source: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    connection: str | None = None
    where: Where | None = field(default=None, compare=False)


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
    """One merged environment. `binding(dataset)` answers for every dataset, by its patterns."""

    name: str
    project: str
    stores: Mapping[str, Location]
    state: Location
    bindings: "Bindings"
    connections: Mapping[str, Connection] = field(default_factory=dict)
    jobs: Mapping[str, JobSettings] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    example_interval: str | None = None

    def binding(self, dataset: str) -> Binding:
        """Where `dataset` is. Raises `MisconfiguredError` when no pattern matches it."""
        return self.bindings.of(dataset)

    def settings(self, job: str) -> JobSettings:
        """The settings of `job`, patterns applied."""
        raise NotImplementedError


class Bindings:
    """Dataset patterns from general to specific; exact names last."""

    def of(self, dataset: str) -> Binding:
        raise NotImplementedError

    @property
    def named(self) -> tuple[str, ...]:
        """Datasets that the configuration names exactly (sources among them), sorted."""
        raise NotImplementedError
