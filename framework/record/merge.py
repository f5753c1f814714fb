"""One record for a job that took several builds, for the scheduler that started it once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from framework.interval import Interval
from framework.outcome import worst
from framework.plan.steps import Plan
from framework.record.record import RunRecord, Written


def merge_records(records: Sequence[RunRecord]) -> RunRecord:
    """The records of one job in one invocation as one; run id and versions are the last one's."""
    first, last = records[0], records[-1]
    span = Interval(
        start=min(record.interval.start for record in records),
        end=max(record.interval.end for record in records),
        grain=first.interval.grain,
        zone=first.interval.zone,
    )
    seconds: dict[str, float] = {}
    for record in records:
        for step, taken in record.timings.items():
            seconds[step] = round(seconds.get(step, 0.0) + taken, 3)
    return replace(
        last,
        interval=span,
        outcome=worst(record.outcome for record in records),
        started=first.started,
        intervals=tuple(part for record in records for part in record.intervals),
        verdicts=tuple(verdict for record in records for verdict in record.verdicts),
        timings=seconds,
        written=_sum(records),
        staged={dataset: place for record in records for dataset, place in record.staged.items()},
        reasons=tuple(dict.fromkeys(reason for record in records for reason in record.reasons)),
        warnings=tuple(warning for record in records for warning in record.warnings),
        faults=tuple(dict.fromkeys(fault for record in records for fault in record.faults)),
    )


def _sum(records: Sequence[RunRecord]) -> dict[str, Written]:
    found: dict[str, Written] = {}
    for record in records:
        for dataset, each in record.written.items():
            before = found.get(dataset, Written(files=0, size=0))
            found[dataset] = Written(files=before.files + each.files, size=before.size + each.size)
    return found


def in_order_of(plan: Plan, records: Iterable[RunRecord]) -> list[RunRecord]:
    """Records of runs side by side, by job in the order of the plan, those of a job by time."""
    jobs = {name: number for number, name in enumerate(plan.intervals)}
    return sorted(records, key=lambda record: (jobs[record.job], record.interval.start))
