"""Which steps of a plan may run side by side, and which have to wait for others."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime

from framework.checks.scope import reads_table
from framework.contract.types import Job
from framework.interval import Interval
from framework.plan.steps import Build, Plan
from framework.project.project import Project

_CHANGE = "table_row_count_change_to_be_between"


def find_order(plan: Plan, project: Project) -> tuple[frozenset[int], ...]:
    """For each step of the plan, the numbers of the earlier steps that must have ended before it.

    A build waits for those of this plan that make what lies in its windows, and for the one before
    of its own job where `is_ordered`. All others may run at once.
    """
    made: dict[str, _Made] = {}
    waits = []
    for number, step in enumerate(plan.steps):
        found: set[int] = set()
        if isinstance(step, Build):
            own = made.setdefault(step.job.name, _Made())
            if is_ordered(step.job):
                found.update(own.numbers[-1:])
            for name, window in step.windows.items():
                owner = project.owner_of(step.job.inputs[name].dataset)
                if owner is not None and owner.name in made:
                    found.update(made[owner.name].within(window))
            own.add(number, step.interval)
        waits.append(frozenset(found))
    return tuple(waits)


def is_ordered(job: Job) -> bool:
    """Whether intervals of the job run one at a time, oldest first, whatever they read.

    What `merge` and `scd2` make of one batch depends on the rows of those before. Rules about the
    whole table, or about change, are judged on the other intervals as they are, which must not move
    meanwhile.
    """
    return any(
        output.is_merged
        or any(
            rule.type == _CHANGE or reads_table(rule, output, whole=job.interval is None)
            for rule in output.expectations
        )
        for output in job.outputs.values()
    )


class _Made:
    """The builds of one job so far, by time: each begins where or after the one before ends."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []

    def add(self, number: int, interval: Interval) -> None:
        self.numbers.append(number)
        self._starts.append(interval.start)
        self._ends.append(interval.end)

    def within(self, window: Interval) -> Sequence[int]:
        """The builds that share an instant with `window`."""
        return self.numbers[bisect_right(self._ends, window.start) : bisect_left(self._starts, window.end)]
