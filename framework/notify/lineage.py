"""Emits OpenLineage events of runs, to a collector, to a file, or both."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from framework.environment.environment import Environment
from framework.environment.listeners import Lineage
from framework.environment.redaction import redact
from framework.notify.courier import Courier, Deliver, post
from framework.notify.events import Began, Json, Parent, Source, build_end, build_start, parse_parent
from framework.plan.steps import Build
from framework.project.project import Project
from framework.record.record import RunRecord

PARENT, ROOT = "OPENLINEAGE_PARENT_ID", "OPENLINEAGE_ROOT_PARENT_ID"
"""Environment variables by which a scheduler says whose part a run is, and the whole of which that is one."""


class Emitter:
    """Events of one invocation."""

    def __init__(
        self, project: Project, environment: Environment, lineage: Lineage, warn: Callable[[str], None]
    ) -> None:
        namespace = lineage.namespace or environment.project
        self._source = Source(project=project, environment=environment, namespace=namespace)
        self.couriers = [Courier(name, deliver, warn) for name, deliver in _receivers(lineage)]
        self._parent = _load_parent(PARENT, warn)
        self._root = _load_parent(ROOT, warn)
        self._began: dict[tuple[str, str, datetime], Began] = {}

    def began(self, build: Build, run_id: str, moment: datetime) -> None:
        """A START."""
        began = Began(
            job=build.job,
            interval=build.interval,
            run_id=run_id,
            started=moment,
            parent=self._parent,
            root=self._root,
        )
        self._began[build.job.name, run_id, moment] = began
        self._emit(build_start(self._source, began))

    def ended(self, record: RunRecord) -> None:
        """A COMPLETE or a FAIL; nothing for what did not begin, such as a job that is unchanged."""
        began = self._began.pop((record.job, record.run_id, record.started), None)
        if began is not None:
            self._emit(build_end(self._source, began, record))

    def _emit(self, event: Json) -> None:
        message = redact(json.dumps(event, ensure_ascii=False)).encode()
        for courier in self.couriers:
            courier.send(message)


def _receivers(lineage: Lineage) -> Iterator[tuple[str, Deliver]]:
    if lineage.url is not None:
        yield "lineage.url", _to_collector(lineage.url, lineage)
    if lineage.file is not None:
        place = Path(lineage.file)
        yield "lineage.file", lambda message: _append(place, message)


def _to_collector(url: str, lineage: Lineage) -> Deliver:
    def deliver(message: bytes) -> None:
        token = lineage.token
        headers = {} if token is None else {"Authorization": f"Bearer {token.reveal()}"}
        post(url, message, headers=headers)

    return deliver


def _append(place: Path, message: bytes) -> None:
    """One write a line: several processes may have the file open."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("ab", buffering=0) as file:
        file.write(message + b"\n")


def _load_parent(name: str, warn: Callable[[str], None]) -> Parent | None:
    text = os.environ.get(name)
    if not text:
        return None
    parent = parse_parent(text)
    if parent is None:
        warn(f"{name} is not namespace/job/run-uuid: lineage has no parent")
    return parent
