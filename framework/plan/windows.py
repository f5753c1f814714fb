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
    """The rows of `declared` that a job reads to make `interval`: exact bounds, the producer's calendar.

    `WHOLE` when all of the dataset is read: a source, a whole table, a whole-table job, or
    `window="all"`. None when the window lies before the producer's start: there is nothing.
    """
    producer = project.owner_of(declared.dataset)
    reach = reach_of(declared, interval)
    if producer is None or producer.interval is None or reach.is_whole:
        return WHOLE
    stretch = Interval(start=reach.start, end=reach.end, grain=interval.grain, zone=producer.timezone)
    return stretch.clip(start_of(producer))


def reach_of(declared: Input, interval: Interval) -> Interval:
    """The stretch of time that an input of (job, interval) reaches over, whatever there is of it."""
    window = parse_window(declared.window) if declared.window else None
    if interval.is_whole or window == "all":
        return WHOLE
    start, end = interval.start, interval.end
    if window == "previous":
        start, end = _before(interval), interval.start
    elif isinstance(window, timedelta):
        start = interval.lookback(window).start
    return Interval(start=start, end=end, grain=interval.grain, zone=interval.zone)


def units_of(project: Project, declared: Input, interval: Interval) -> tuple[Interval, ...] | None:
    """The producer's units that cover the window: those that must be there, and whose generations count.

    None when the dataset has no generations to look at one by one: it is read whole, or what
    makes it is not run by us.
    """
    producer = project.owner_of(declared.dataset)
    window = window_of(project, declared, interval)
    if window is None:
        return ()
    if window.is_whole or producer is None or producer.runner is not None:
        return None
    return tuple(window.as_grain(grain_of(producer), producer.timezone).units())


def span_of(intervals: tuple[Interval, ...]) -> Interval:
    """The one interval from the first's start to the last's end; they are neighbours."""
    first, last = intervals[0], intervals[-1]
    return Interval(start=first.start, end=last.end, grain=first.grain, zone=first.zone)


def _before(interval: Interval) -> datetime:
    """Start of the unit before `interval`."""
    just_before = interval.start - timedelta(microseconds=1)
    moment = Interval(start=just_before, end=interval.start, grain=interval.grain, zone=interval.zone)
    return moment.as_grain(interval.grain, interval.zone).start
