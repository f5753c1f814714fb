"""A set of instants, as few stretches: neighbouring intervals are one."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime

from framework.interval import Interval


class Stretches:
    """What the intervals that were added cover. Looking is quick also after thousands of them."""

    def __init__(self, intervals: Iterable[Interval] = ()) -> None:
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        for interval in intervals:
            self.add(interval)

    def add(self, interval: Interval) -> None:
        """Cover the interval too."""
        start, end = interval.start, interval.end
        first, after = bisect_left(self._ends, start), bisect_right(self._starts, end)
        if first < after:  # these touch it
            start, end = min(start, self._starts[first]), max(end, self._ends[after - 1])
        self._starts[first:after], self._ends[first:after] = [start], [end]

    def overlaps(self, window: Interval) -> bool:
        """Whether an instant of `window` is covered."""
        first = bisect_right(self._ends, window.start)
        return first < len(self._starts) and self._starts[first] < window.end
