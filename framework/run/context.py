"""What every step of a run shares: the project, the environment, one Spark, the guard."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from framework.environment.environment import Environment
from framework.interval import Interval
from framework.notify.listener import Listener, Nobody
from framework.plan.steps import Plan, Request
from framework.project.project import Project
from framework.run.events import Reporter
from framework.run.formats import Formats
from framework.run.guard import Guard
from framework.run.planning import making, plan_now
from framework.stage.function import Caller, call_job
from framework.stage.session import branch_session, open_session
from framework.stage.settings import build_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_FAIR = {"spark.scheduler.mode": "FAIR"}
"""Runs side by side share the cores; otherwise the first to come has all that it can use."""


@dataclass
class Context:
    """One invocation. `run_id`: chosen by the scheduler, for its one job; None: each its own.

    `parallel`: how many runs may be at work at once, each in a thread of its own. `caller`: who calls the
    jobs' functions. `listener`: who is told of runs.
    """

    project: Project
    environment: Environment
    request: Request
    invocation: str
    reporter: Reporter
    guard: Guard = field(default_factory=Guard)
    formats: Formats = field(default_factory=Formats)
    run_id: str | None = None
    parallel: int = 1
    caller: Caller = call_job
    listener: Listener = field(default_factory=Nobody)
    _session: "SparkSession | None" = None
    _opening: threading.Lock = field(default_factory=threading.Lock)
    _own: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self.environment = making(self.project, self.environment, self.request)

    @property
    def spark(self) -> "SparkSession":
        """The session of this thread; Spark is started at the first use.

        A thread beside the main one has a session of its own in the same Spark, so that temporary
        views and settings of one run are not those of another.
        """
        if threading.current_thread() is threading.main_thread():
            return self._first_session()
        session: SparkSession | None = getattr(self._own, "session", None)
        if session is None:
            session = branch_session(self._first_session(), pool=threading.current_thread().name)
            self._own.session = session
        return session

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

    def _first_session(self) -> "SparkSession":
        with self._opening:
            if self._session is None:
                settings = build_settings(self.environment, self.request.intervals)
                if self.parallel > 1:
                    settings = {**_FAIR, **settings}
                name = self.environment.project
                self.reporter.working(name, "starting Spark")
                with self.guard.opening_spark():
                    self._session = open_session(name, spark=settings)
                self.reporter.working(name, "")
                self.reporter.follow(self._session)
            return self._session
