"""Which stretch of an input's dataset one interval of a job reads."""

from datetime import datetime, timedelta

from framework.contract.types import Input, Job
from framework.contract.window import parse_window
from framework.interval import WHOLE, Grain, Interval, parse_start
from framework.project.project import Project


def grain_of(job: Job) -> Grain | None:
    """The grain of a validated job; None for a whole-table job."""
    return job.interval  # type: ignore[return-value]  # validation has closed the set


def start_of(job: Job) -> datetime:
    """The instant before which a validated job has no intervals."""
    return parse_start(job.start, job.timezone) if job.start else WHOLE.start


def window_of(project: Project, declared: Input, interval: Interval) -> Interval | None:
    """What a job reads of `declared` to make `interval`, in the grain and zone of its producer.

    `WHOLE` when all of the dataset is read: a source, a whole table, a whole-table job, or
    `window="all"`. None when the window lies before the producer's start: there is nothing.
    """
    producer = project.owner_of(declared.dataset)
    window = parse_window(declared.window) if declared.window else None
    if producer is None or producer.interval is None or interval.is_whole or window == "all":
        return WHOLE
    if window == "previous":
        stretch = Interval(
            start=_before(interval), end=interval.start, grain=interval.grain, zone=interval.zone
        )
    elif isinstance(window, timedelta):
        stretch = interval.lookback(window)
    else:
        stretch = interval
    return stretch.as_grain(grain_of(producer), producer.timezone).clip(start_of(producer))


def span_of(intervals: tuple[Interval, ...]) -> Interval:
    """The one interval from the first's start to the last's end; they are neighbours."""
    first, last = intervals[0], intervals[-1]
    return Interval(start=first.start, end=last.end, grain=first.grain, zone=first.zone)


def _before(interval: Interval) -> datetime:
    """Start of the unit before `interval`."""
    just_before = interval.start - timedelta(microseconds=1)
    moment = Interval(start=just_before, end=interval.start, grain=interval.grain, zone=interval.zone)
    return moment.as_grain(interval.grain, interval.zone).start
