"""Intervals: half open, canonical in UTC, right on DST days."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from framework.errors import MisconfiguredError
from framework.interval import WHOLE, Interval, parse_interval


def test_day_is_half_open_and_canonical_in_utc() -> None:
    """A day is written with its UTC bounds, the end exclusive."""
    day = parse_interval("2013-01-03")
    assert day.key == "2013-01-03T00:00:00Z/2013-01-04T00:00:00Z"
    assert str(day) == "2013-01-03"


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2013-03-10", 23), ("2013-11-03", 25), ("2013-06-01", 24)],
    ids=["spring", "autumn", "summer"],
)
def test_local_days_have_the_hours_that_their_calendar_gives_them(day: str, hours: int) -> None:
    """A day in New York has 23, 24 or 25 hours, and is still one unit of grain day."""
    interval = parse_interval(day, zone="America/New_York")
    assert interval.end - interval.start == timedelta(hours=hours)
    assert [str(unit) for unit in interval.units()] == [day]
    assert interval.is_aligned


def test_month_is_a_range_of_days_for_a_daily_job() -> None:
    """`2013-02` holds 28 days, each named by its date."""
    units = list(parse_interval("2013-02").units())
    assert [unit.label for unit in units[:2]] == ["2013-02-01", "2013-02-02"]
    assert len(units) == 28


@pytest.mark.parametrize("grain", ["hour", "day", "month"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_units_meet_without_gap_and_labels_are_unique(grain: str, zone: str) -> None:
    """Units of a year meet end to start, and no two share the label that names their directory."""
    year = parse_interval("2013-01-01/2014-01-01", grain=grain, zone=zone).as_grain(grain, zone)
    units = list(year.units())
    assert units[0].start == year.start
    assert units[-1].end == year.end
    assert all(a.end == b.start for a, b in pairwise(units))
    assert len({unit.label for unit in units}) == len(units)


def test_timestamps_are_taken_in_the_jobs_zone_unless_they_name_theirs() -> None:
    """A timestamp without an offset is local; one with an offset is that instant."""
    local = parse_interval("2013-01-03T05:00", grain="hour", zone="America/New_York")
    absolute = parse_interval("2013-01-03T10:00:00Z", grain="hour", zone="America/New_York")
    assert local == absolute


@pytest.mark.parametrize("text", ["", "yesterday", "2013-13", "2013-01-32", "20130103", "2013-01-03/", "x/y"])
def test_nonsense_is_refused_with_a_hint(text: str) -> None:
    """What is no interval is exit 64 and says how one is written."""
    with pytest.raises(MisconfiguredError) as caught:
        parse_interval(text)
    assert "exclusive" in (caught.value.faults[0].hint or "")


def test_empty_range_is_refused() -> None:
    """An end that is not after its start holds nothing."""
    with pytest.raises(MisconfiguredError, match="is empty"):
        parse_interval("2013-01-08/2013-01-01")


def test_misaligned_range_is_seen_and_can_be_widened() -> None:
    """A range that cuts through a month says so, and knows the whole months around it."""
    cut = parse_interval("2013-01-05/2013-02-03", grain="month")
    assert not cut.is_aligned
    assert cut.as_grain("month", "UTC").key == "2013-01-01T00:00:00Z/2013-03-01T00:00:00Z"


def test_lookback_moves_by_the_calendar() -> None:
    """Seven days before a local midnight is a local midnight, also across a DST day."""
    week = parse_interval("2013-03-12", zone="America/New_York").lookback(timedelta(days=7))
    assert str(week.first_day) == "2013-03-05"
    assert week.is_aligned


def test_lookback_ends_at_the_start_of_the_dataset() -> None:
    """Intervals before a start do not exist."""
    start = datetime(2013, 1, 1, tzinfo=UTC)
    window = parse_interval("2013-01-02").lookback(timedelta(days=7)).clip(start)
    assert window is not None
    assert window.start == start
    assert parse_interval("2012-12-31").clip(start) is None


def test_whole_is_one_unit() -> None:
    """A table without intervals has one unit, itself."""
    assert list(WHOLE.units()) == [WHOLE]
    assert WHOLE.key == "whole"
    assert isinstance(WHOLE, Interval)
