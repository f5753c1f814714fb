"""Cron lines: what is read, what is refused, and when they tick."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.environment.cron import Cron, parse_cron


def _ticks(line: str, until: str, zone: str, number: int) -> list[str]:
    found = islice(parse_cron(line).ticks_until(datetime.fromisoformat(until), zone), number)
    return [f"{tick:%Y-%m-%dT%H:%MZ}" for tick in found]


def test_fields_are_values() -> None:
    """Lists, ranges, steps and names are read; Sunday is 0 and 7."""
    cron = parse_cron("*/15,7 0-6/3 * jan,Mar-apr SUN,5-7")
    assert cron == Cron(
        minutes=(0, 7, 15, 30, 45),
        hours=(0, 3, 6),
        days=tuple(range(1, 32)),
        months=(1, 3, 4),
        weekdays=(0, 5, 6),
    )


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("1 2 3", "five fields"),
        ("60 * * * *", '"60", which is not 0 to 59'),
        ("* * 0 * *", '"0", which is not 1 to 31'),
        ("5-1 * * * *", "empty"),
        ("*/0 * * * *", "empty"),
        ("5/10 * * * *", "a step follows"),
        ("* * * * L", "not 0 to 7"),
        ("* * * * 1#2", "no number"),
        ("²  * * * *", "not 0 to 59"),
        ("0 0 1 * MON", "differently"),
        ("0 0 30 2 *", "never"),
        ("@daily", "five fields"),
    ],
)
def test_what_schedulers_read_differently_is_refused(line: str, wrong: str) -> None:
    """A line that only some schedulers know, or that says no time, is a fault with its reason."""
    with pytest.raises(ValueError, match=wrong):
        parse_cron(line)


def test_ticks_are_by_the_clocks_of_the_zone() -> None:
    """The same time of the day over both changes of clocks; one that is jumped over comes after it."""
    spring = _ticks("30 2 * * *", "2024-03-12T00:00Z", "America/New_York", 4)
    assert spring == ["2024-03-11T06:30Z", "2024-03-10T07:30Z", "2024-03-09T07:30Z", "2024-03-08T07:30Z"]
    autumn = _ticks("30 1 * * *", "2024-11-05T00:00Z", "America/New_York", 3)
    assert autumn == ["2024-11-04T06:30Z", "2024-11-03T05:30Z", "2024-11-02T05:30Z"]


def test_rare_ticks_are_found() -> None:
    """29 February is found over a century that has none, and the instant itself is a tick."""
    assert _ticks("0 0 29 2 *", "2104-02-28T00:00Z", "UTC", 1) == ["2096-02-29T00:00Z"]
    assert _ticks("0 0 29 2 *", "2096-02-29T00:00Z", "UTC", 1) == ["2096-02-29T00:00Z"]


@settings(max_examples=30)
@given(
    minutes=st.sets(st.integers(0, 59), min_size=1, max_size=3),
    hours=st.sets(st.integers(0, 23), min_size=1, max_size=2),
    weekdays=st.sets(st.integers(0, 6), min_size=1, max_size=7),
    at=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  # made aware below
)
def test_ticks_are_those_of_a_walk_by_the_minute(
    minutes: set[int], hours: set[int], weekdays: set[int], at: datetime
) -> None:
    """In a zone without changes, the newest ticks are what looking at each minute finds."""
    zone = ZoneInfo("Asia/Kolkata")
    until = at.replace(second=0, microsecond=0, tzinfo=UTC)
    line = f"{','.join(map(str, minutes))} {','.join(map(str, hours))} * * {','.join(map(str, weekdays))}"
    found = next(parse_cron(line).ticks_until(until, "Asia/Kolkata"))
    walked = until
    while True:
        local = walked.astimezone(zone)
        if local.minute in minutes and local.hour in hours and local.isoweekday() % 7 in weekdays:
            break
        walked -= timedelta(minutes=1)
    assert found == walked


def test_a_line_is_one_line(files) -> None:
    """However it is written in the configuration, it is one line with single blanks where it is exported."""
    files.write(local='stores: {lake: {uri: x}}\nschedules: {n: {cron: "0  3\\n* *\\t1", select: a}}\n')
    assert files.load().schedules["n"].cron == "0 3 * * 1"
