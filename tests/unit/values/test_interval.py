"""Intervals: half open, canonical in UTC, right on DST days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zlib import crc32
from zoneinfo import ZoneInfo, available_timezones

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


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_a_year_is_its_twelve_months(zone: str) -> None:
    """`2013` holds its days, from the first to the last instant of the zone's calendar."""
    year = parse_interval("2013", zone=zone)
    assert year == parse_interval("2013-01-01/2014-01-01", zone=zone)
    assert len(list(parse_interval("2012", grain="month", zone=zone).units())) == 12


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


def _change_of_clocks(zone: str) -> date | None:
    """A day (UTC) of 1990 to 2030 on which the zone's clocks change; which one differs by zone."""
    calendar, hour = ZoneInfo(zone), timedelta(hours=1)
    quarters = [datetime(year, month, 1, tzinfo=UTC) for year in range(1990, 2031) for month in (1, 4, 7, 10)]
    offsets = [quarter.astimezone(calendar).utcoffset() for quarter in quarters]
    changed = [pair for pair, (a, b) in zip(pairwise(quarters), pairwise(offsets), strict=True) if a != b]
    if not changed:
        return None
    before, after = changed[crc32(zone.encode()) % len(changed)]
    offset = before.astimezone(calendar).utcoffset()
    while after - before > hour:
        middle = before + (after - before) / 2
        same = middle.astimezone(calendar).utcoffset() == offset
        before, after = (middle, after) if same else (before, middle)
    return before.date()


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Africa/Cairo", "2024-04-26"),
        ("Asia/Beirut", "2024-03-31"),
        ("America/Havana", "2024-03-10"),
        ("America/Havana", "2024-11-03"),
        ("America/Santiago", "2024-09-08"),
        ("America/Sao_Paulo", "2018-11-04"),
        ("America/St_Johns", "2009-11-01"),
    ],
)
def test_days_around_a_midnight_that_is_missing_or_comes_twice(zone: str, day: str) -> None:
    """Each day is the same however it is asked for: alone, in a range, by an instant, by looking back."""
    first = date.fromisoformat(day) - timedelta(days=2)
    alone = [parse_interval(str(first + timedelta(days=n)), zone=zone) for n in range(5)]
    within = list(parse_interval(f"{first}/{first + timedelta(days=5)}", zone=zone).units())
    assert within == alone
    assert [unit.label for unit in alone] == [str(first + timedelta(days=n)) for n in range(5)]
    assert {unit.end - unit.start for unit in alone} <= {timedelta(hours=h) for h in (23, 24, 25)}
    for unit in alone:
        last = unit.end - timedelta(microseconds=1)
        assert Interval(start=last, end=unit.end, zone=zone).as_grain("day", zone) == unit
    assert alone[-1].lookback(timedelta(days=4)).start == alone[0].start
    assert alone[2].lookback(timedelta(days=2)).start == alone[0].start


def test_units_of_a_range_are_the_units_alone_in_every_zone() -> None:
    """Where clocks change, units meet, their labels are unique, and each equals its label parsed alone."""
    for zone in sorted(available_timezones()):
        changed = _change_of_clocks(zone) or date(2013, 1, 3)
        asked = parse_interval(f"{changed - timedelta(days=3)}/{changed + timedelta(days=4)}", zone=zone)
        units = list(asked.units())
        assert (units[0].start, units[-1].end) == (asked.start, asked.end), zone
        assert all(a.end == b.start for a, b in pairwise(units)), zone
        assert len({unit.label for unit in units}) == len(units), zone
        assert [parse_interval(u.label, zone=zone).key for u in units] == [u.key for u in units], zone


def test_a_day_that_a_zone_left_out_does_not_exist() -> None:
    """Samoa went from the 29th to the 31st of December 2011: a month of 30 units, and no 30th."""
    december = list(parse_interval("2011-12", zone="Pacific/Apia").units())
    assert [unit.label for unit in december][-2:] == ["2011-12-29", "2011-12-31"]
    with pytest.raises(MisconfiguredError, match="is empty"):
        parse_interval("2011-12-30", zone="Pacific/Apia")


def test_hours_are_those_of_utc_in_every_zone() -> None:
    """Half past in Kolkata is an hour's start; its names are unique on a day of 25 hours too."""
    hour = parse_interval("2013-01-03T05:30", grain="hour", zone="Asia/Kolkata")
    assert hour.is_aligned
    assert hour.label == "2013-01-03T0000Z"
    assert not parse_interval("2013-01-03T05:00", grain="hour", zone="Asia/Kolkata").is_aligned
    long = list(parse_interval("2013-11-03", grain="hour", zone="America/New_York").units())
    assert len({unit.label for unit in long}) == len(long) == 25


def test_timestamps_are_taken_in_the_jobs_zone_unless_they_name_theirs() -> None:
    """A timestamp without an offset is local; one with an offset is that instant."""
    local = parse_interval("2013-01-03T05:00", grain="hour", zone="America/New_York")
    absolute = parse_interval("2013-01-03T10:00:00Z", grain="hour", zone="America/New_York")
    assert local == absolute


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "213", "0000", "9999", "2013-13", "2013-01-32", "20130103", "2013-01-03/", "x/y"],
)
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
