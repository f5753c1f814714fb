"""Stretches say of every window what a look at each interval would say."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from framework.interval import Interval
from framework.plan.stretches import Stretches

FIRST = datetime(2013, 1, 1, tzinfo=UTC)


def _interval(start: int, length: int) -> Interval:
    return Interval(start=FIRST + timedelta(start), end=FIRST + timedelta(start + length))


INTERVALS = st.builds(_interval, st.integers(0, 40), st.integers(1, 6))


@given(st.lists(INTERVALS, max_size=12), st.lists(INTERVALS, max_size=6))
def test_a_window_overlaps_what_one_of_the_intervals_does(
    added: list[Interval], windows: list[Interval]
) -> None:
    """In any order, apart, touching, one in the other, or twice."""
    stretches = Stretches(added)
    for window in windows:
        assert stretches.overlaps(window) == any(window.overlaps(each) for each in added)
