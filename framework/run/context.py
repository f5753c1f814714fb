"""What every step of a run shares: the project, the environment, one Spark session, the guard."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from framework.environment.environment import Environment
from framework.interval import Interval
from framework.plan.steps import Plan, Request
from framework.project.project import Project
from framework.run.events import Reporter
from framework.run.formats import Formats
from framework.run.guard import Guard
from framework.run.planning import plan_now
from framework.stage.session import open_session
from framework.stage.settings import build_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass
class Context:
    """One invocation. `run_id`: chosen by the scheduler, for its one job; None: each its own."""

    project: Project
    environment: Environment
    request: Request
    invocation: str
    reporter: Reporter
    guard: Guard = field(default_factory=Guard)
    formats: Formats = field(default_factory=Formats)
    run_id: str | None = None
    _session: "SparkSession | None" = None

    @property
    def spark(self) -> "SparkSession":
        """The one session of this process; started at the first use."""
        if self._session is None:
            settings = build_settings(self.environment, self.request.intervals)
            self.reporter.working(self.environment.project, "starting Spark")
            with self.guard.opening_spark():
                self._session = open_session(self.environment.project, spark=settings)
            self.reporter.follow(self._session)
        return self._session

    @property
    def has_spark(self) -> bool:
        """Whether a session was started."""
        return self._session is not None

    def cancel_spark_jobs(self) -> None:
        """Let Spark stop what it computes, since nobody waits for it any more.

        Not for a signal's handler: the thread's connection to the JVM may be waiting for an answer.
        """
        if self._session is not None:
            with suppress(Exception):  # Spark may be what is gone
                self._session.sparkContext.cancelAllJobs()

    def plan(
        self, request: Request | None = None, unfinished: Mapping[str, Sequence[Interval]] | None = None
    ) -> Plan:
        """Plan this invocation's request, or a part of it, on what is published right now."""
        return plan_now(
            self.project,
            self.environment,
            request or self.request,
            reader=self.formats.reader,
            unfinished=unfinished,
        )
