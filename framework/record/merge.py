"""One record for a job that took several builds, for the scheduler that started it once."""

from collections.abc import Sequence
from dataclasses import replace

from framework.interval import Interval
from framework.outcome import worst
from framework.record.record import RunRecord


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
        staged={dataset: place for record in records for dataset, place in record.staged.items()},
        reasons=tuple(dict.fromkeys(reason for record in records for reason in record.reasons)),
        warnings=tuple(warning for record in records for warning in record.warnings),
        faults=tuple(dict.fromkeys(fault for record in records for fault in record.faults)),
    )
