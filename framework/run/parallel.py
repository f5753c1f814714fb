"""Executes a plan with several steps at once, in one Spark: threads, sessions and pools of their own."""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from heapq import heappop, heappush

from framework.interval import Interval
from framework.plan.order import find_order
from framework.plan.steps import Plan, Step
from framework.record.record import RunRecord
from framework.run.context import Context
from framework.run.walk import note_unfinished, walk_step

_PERIOD = 0.2  # seconds between two looks at whether the run is still wanted


def walk_at_once(plan: Plan, context: Context) -> Iterator[RunRecord]:
    """`walk`, with at most `context.parallel` steps at work: each as soon as what it waits for has ended.

    Records come as steps end. A step that fails ends no other. When the run is not wanted any
    more, no step begins, commits under way end, and Spark's other work is broken off.
    """
    order = _Order(plan, context)
    unfinished: dict[str, list[Interval]] = {}
    running: dict[Future[list[RunRecord]], int] = {}
    with ThreadPoolExecutor(context.parallel, thread_name_prefix="sparkjob") as threads:
        while True:
            while len(running) < context.parallel and (number := order.next()) is not None:
                tried = {job: list(intervals) for job, intervals in unfinished.items()}
                running[threads.submit(_records, plan.steps[number], context, tried)] = number
            if not running:
                return
            ended, _ = wait(running, timeout=_PERIOD, return_when=FIRST_COMPLETED)
            if context.guard.is_stopped:
                context.guard.break_off()
                context.cancel_spark_jobs()
            for future in sorted(ended, key=running.__getitem__):
                order.end(running.pop(future))
                for record in future.result():
                    note_unfinished(record, unfinished)
                    yield record


def _records(step: Step, context: Context, unfinished: dict[str, list[Interval]]) -> list[RunRecord]:
    return list(walk_step(step, context, unfinished))


class _Order:
    """The steps that wait, and those that may begin, the first of the plan first."""

    def __init__(self, plan: Plan, context: Context) -> None:
        self._waits = [set(numbers) for numbers in find_order(plan, context.project)]
        self._ready: list[int] = []
        self._after: list[list[int]] = [[] for _ in self._waits]
        for number, waits in enumerate(self._waits):
            for earlier in waits:
                self._after[earlier].append(number)
            if not waits:
                self._ready.append(number)

    def next(self) -> int | None:
        """A step that may begin, and now has; None when all others wait."""
        return heappop(self._ready) if self._ready else None

    def end(self, number: int) -> None:
        """The step has ended, well or not: who waits for it finds out by planning again."""
        for later in self._after[number]:
            self._waits[later].discard(number)
            if not self._waits[later]:
                heappush(self._ready, later)
