"""Where this run's data, state and services are: the one source for Spark, obstore and deltalake."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from framework.environment.bindings import Binding, Bindings, DatasetRule, Format
from framework.environment.connection import Connection
from framework.environment.listeners import Alerts, Lineage
from framework.environment.location import Location
from framework.environment.patterns import matching
from framework.environment.release import Cluster, ReleaseRule
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
class JobSettings:
    """What the environment says of one job: its size's Spark settings and its timeout, seconds.

    `role`: ARN of the role as which EMR runs it; None: what the cluster or the launcher has for all.
    """

    size: str | None = None
    timeout: float | None = None
    role: str | None = None
    spark: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A cron line in a time zone, and a selector of jobs.

    `cron` None: whenever the datasets that its jobs read from other schedules were made anew.
    """

    name: str
    cron: str | None
    timezone: str
    select: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One merged environment. `binding(dataset)` answers for every dataset, by its patterns.

    `jobs`: settings by pattern of the job's name. `secrets`: by the name that jobs use.

    `inputs_from`: the other environment of a sandbox, from which inputs are read. `kept`: datasets
    that are the sandbox's own to read too; `made`: those that this invocation makes, so that what
    reads them reads the new rows. None: not said yet (see `making`).
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
    on_failure: Alerts | None = None
    lineage: Lineage | None = None
    example_interval: str | None = None
    release: ReleaseRule = field(default_factory=ReleaseRule)
    cluster: Cluster | None = None
    inputs_from: "Environment | None" = None
    kept: frozenset[str] = frozenset()
    made: frozenset[str] | None = None

    def binding(self, dataset: str) -> Binding:
        """Where `dataset` is written. Raises `MisconfiguredError` when no pattern matches it."""
        return self.bindings.of(dataset)

    def input(self, dataset: str) -> Binding:
        """Where `dataset` is read as an input: in a sandbox what it does not make is the other's."""
        other = self.inputs_from
        if other is None or dataset in self.kept or dataset in (self.made or ()):
            return self.binding(dataset)
        theirs = other.input(dataset)
        borrowed = replace(theirs, borrowed_from=theirs.borrowed_from or other.name)
        # Reading from Redshift writes there.
        return replace(borrowed, passage=self.bindings.passage_of(dataset)) if borrowed.passage else borrowed

    @property
    def releases(self) -> Location:
        """Where releases are: beside the state, to which every job may write, unless a place is named."""
        beside = self.state.parent
        if self.release.location is not None or beside is None:
            return self.release.location or self.state.child("releases")
        return beside.child(f"{self.state.name}-releases")

    def making(self, datasets: Iterable[str]) -> "Environment":
        """This environment for an invocation that makes `datasets`; as it is, if that is known already."""
        return self if self.made is not None else replace(self, made=frozenset(datasets))

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
                role=found.role if said.role is None else said.role,
            )
        return found
