"""One moving line on a terminal, from Spark's status tracker; no Spark action of its own."""

import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from framework.present.table import count
from framework.run.events import EventName

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PERIOD = 0.25  # seconds between two looks at the status tracker


class TerminalReporter:
    """A spinner with the runs at work, their steps and the tasks; warnings stay as lines above it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.status import Status

        # This very stream: what is drawn here is no run's own.
        self._console = Console(file=sys.stderr, highlight=False)
        self._status = Status("", console=self._console)
        self._working: dict[str, str] = {}
        self._done = 0
        self._spark: SparkSession | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._status.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._status.stop()

    def follow(self, spark: "SparkSession") -> None:
        """Show the tasks of this session from now on."""
        self._spark = spark

    def event(self, name: EventName, job: str, detail: str = "") -> None:
        """Show the event in the moving line; keep a warning."""
        if name == "warning":
            self._console.print(f"{job}  warning: {detail}", markup=False)
        elif name == "recorded":
            self._done += 1
            self.working(job, "")
        else:
            self.working(job, f"{name} {detail}".rstrip())

    def working(self, job: str, detail: str) -> None:
        """Show what goes on; nothing more of `job` without a detail."""
        if detail:
            self._working[job] = detail
        else:
            self._working.pop(job, None)
        self._show("")

    def _watch(self) -> None:
        while not self._ended.wait(_PERIOD):
            self._show(self._tasks())

    def _show(self, tasks: str) -> None:
        from rich.text import Text

        # A copy: runs in other threads come and go.
        at_work = " · ".join(f"{job}  {detail}" for job, detail in self._working.copy().items())
        if self._done:
            at_work = f"{count(self._done, 'run')} done · {at_work}"
        self._status.update(Text(f"{at_work}{tasks}"))

    def _tasks(self) -> str:
        if self._spark is None:
            return ""
        try:
            tracker = self._spark.sparkContext.statusTracker()
            stages = [tracker.getStageInfo(number) for number in tracker.getActiveStageIds()]
        except Exception:  # noqa: BLE001  # a display must never end a run; the session may be closing
            return ""
        done = sum(stage.numCompletedTasks for stage in stages if stage)
        total = sum(stage.numTasks for stage in stages if stage)
        return f"  {done}/{total} tasks" if total else ""
