"""Those who hear of the runs of one invocation, as its environment says."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from framework.environment.environment import Environment
from framework.environment.redaction import redact
from framework.notify.alerts import TOLD, build_alert, receivers_of
from framework.notify.courier import Courier, close_all
from framework.notify.lineage import Emitter
from framework.notify.listener import Listener
from framework.outcome import Outcome
from framework.plan.steps import Build
from framework.project.project import Project
from framework.record.record import RunRecord


@dataclass
class Listeners:
    """Alerts, once for each job and outcome, and lineage."""

    project: str
    couriers: list[Courier]
    emitter: Emitter | None
    _told: set[tuple[str, Outcome]] = field(default_factory=set)

    def began(self, build: Build, run_id: str, moment: datetime) -> None:
        """See `Listener`."""
        if self.emitter is not None:
            with _harmless():
                self.emitter.began(build, run_id, moment)

    def ended(self, record: RunRecord) -> None:
        """See `Listener`."""
        if self.emitter is not None:
            with _harmless():
                self.emitter.ended(record)
        key = (record.job, record.outcome)
        if record.outcome in TOLD and key not in self._told:
            self._told.add(key)
            with _harmless():
                message = redact(json.dumps(build_alert(record, self.project), ensure_ascii=False))
                for courier in self.couriers:
                    courier.send(message.encode())

    def close(self) -> None:
        """See `Listener`."""
        close_all([*self.couriers, *(() if self.emitter is None else self.emitter.couriers)])


def build_listeners(project: Project, environment: Environment) -> Listener:
    """Those that the environment says; warnings go to stderr."""
    alerts, lineage = environment.on_failure, environment.lineage
    return Listeners(
        project=environment.project,
        couriers=[]
        if alerts is None
        else [Courier(n, deliver, _warn) for n, deliver in receivers_of(alerts)],
        emitter=None if lineage is None else Emitter(project, environment, lineage, _warn),
    )


@contextmanager
def _harmless() -> Iterator[None]:
    """A message that cannot be made is a fault of ours, and none of the run's."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # the run goes on
        _warn(f"nobody was told of a run: {type(error).__name__} in sparkjob itself")


def _warn(text: str) -> None:
    sys.stderr.write(redact(f"warning: {text}\n"))
    sys.stderr.flush()
