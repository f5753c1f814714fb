"""Half-open stretches of time that a dataset is made of, in canonical UTC bounds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from framework.errors import MisconfiguredError

Grain = Literal["hour", "day", "month"]
GRAINS: tuple[Grain, ...] = get_args(Grain)

_MIN = datetime(1, 1, 1, tzinfo=UTC)
_MAX = datetime(9999, 12, 31, tzinfo=UTC)
_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"\d{4}-\d{2}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HINT = "Write 2013-01-03, 2013-01, 2013, 2013-01-01/2013-01-08 or ISO timestamps; the end is exclusive."


@dataclass(frozen=True, kw_only=True, order=True)
class Interval:
    """`start` ≤ time < `end` (aware, UTC), made of whole units of `grain` in the calendar of `zone`.

    Days and months begin with the first instant of their first date in `zone`, also where clocks
    jump over midnight. Hours are those of UTC in every zone, so that they are 60 minutes long and
    have unique names; in a zone like Asia/Kolkata (+05:30) they begin at half past by local clocks.
    Bounds are instants: where clocks went back over midnight (St. John's until 2011, at 00:01), what
    came again of the old date is part of the new day.

    A job with an interval gets one as `interval`; with `batch` it spans several units. A table
    that has no intervals has the one interval `WHOLE`, whose grain is None.
    """

    start: datetime
    end: datetime
    grain: Grain | None = "day"
    zone: str = "UTC"

    @property
    def is_whole(self) -> bool:
        """Whether this is the one interval of a table without intervals."""
        return self.grain is None

    @property
    def key(self) -> str:
        """Canonical name: the UTC bounds, `2013-01-03T00:00:00Z/2013-01-04T00:00:00Z`, or `whole`."""
        return "whole" if self.is_whole else f"{_iso(self.start)}/{_iso(self.end)}"

    @property
    def label(self) -> str:
        """Short name of one unit in its own calendar: `2013-01-03`, `2013-01`, `2013-01-03T0500Z`.

        Unique among the units of one grain and zone, and safe in a path.
        """
        if self.grain is None:
            return "whole"
        if self.grain == "hour":
            return self.start.strftime("%Y-%m-%dT%H%MZ")
        return self._local(self.start).strftime("%Y-%m-%d" if self.grain == "day" else "%Y-%m")

    def __str__(self) -> str:
        if self.is_whole:
            return "whole table"
        if self.end == _next(self.start, self._unit, self.zone):
            return self.label
        start, end = self._local(self.start), self._local(self.end)
        if self.grain == "hour":
            return self.key
        return f"{start:%Y-%m-%d}/{end:%Y-%m-%d}"

    @property
    def first_day(self) -> date:
        """The first calendar day, in the interval's zone."""
        return self._local(self.start).date()

    @property
    def last_day(self) -> date:
        """The last calendar day, in the interval's zone, inclusive."""
        return self._local(self.end - timedelta(microseconds=1)).date()

    def units(self) -> Iterator["Interval"]:
        """The units of the grain that this is made of, oldest first."""
        if self.grain is None:
            yield self
            return
        start = self.start
        while start < self.end:
            end = _next(start, self.grain, self.zone)
            yield Interval(start=start, end=end, grain=self.grain, zone=self.zone)
            start = end

    def lookback(self, reach: timedelta) -> "Interval":
        """This interval with its start moved back by `reach` (whole days move by the calendar)."""
        local = self._local(self.start)
        if reach % timedelta(days=1) != timedelta(0):
            start = self.start - reach
        elif self.start == _midnight(local.date(), self.zone):
            start = _midnight(local.date() - reach, self.zone)
        else:
            start = _instant(local.replace(tzinfo=None) - reach, self.zone)
        return Interval(start=start, end=self.end, grain=self.grain, zone=self.zone)

    def clip(self, start: datetime) -> "Interval | None":
        """The part from `start` on; None when nothing is left."""
        if self.end <= start:
            return None
        return Interval(start=max(self.start, start), end=self.end, grain=self.grain, zone=self.zone)

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two share an instant."""
        return self.start < other.end and other.start < self.end

    def as_grain(self, grain: Grain | None, zone: str) -> "Interval":
        """The smallest interval of whole `grain` units in `zone` that covers this one."""
        if grain is None:
            return WHOLE
        start = _floor(self.start, grain, zone)
        end = _floor(self.end, grain, zone)
        if end < self.end:
            end = _next(end, grain, zone)
        return Interval(start=start, end=end, grain=grain, zone=zone)

    @property
    def is_aligned(self) -> bool:
        """Whether both bounds are bounds of whole units."""
        return self.grain is None or self == self.as_grain(self.grain, self.zone)

    @property
    def _unit(self) -> Grain:
        assert self.grain is not None
        return self.grain

    def _local(self, instant: datetime) -> datetime:
        return instant.astimezone(ZoneInfo(self.zone))


WHOLE = Interval(start=_MIN, end=_MAX, grain=None)
"""The one interval of a table without intervals."""


def parse_interval(text: str, *, grain: Grain = "day", zone: str = "UTC") -> Interval:
    """Read a day, month (`2013-01`), year, `2013-01-01/2013-01-08`, or timestamps, in the calendar of `zone`.

    The result need not be aligned to `grain`: see `Interval.is_aligned` and `Interval.as_grain`.

    Raises `MisconfiguredError` when the text is no interval or is empty.
    """
    first, slash, second = text.strip().partition("/")
    try:
        start, end = _bounds(first, zone)
        if slash:
            end = _bounds(second, zone)[0]
    except (ValueError, OverflowError):  # Python's calendar ends with the year 9999
        raise MisconfiguredError(f'"{text}" is no interval', hint=_HINT) from None
    if end <= start:
        raise MisconfiguredError(f'interval "{text}" is empty: its end is not after its start', hint=_HINT)
    return Interval(start=start, end=end, grain=grain, zone=zone)


def parse_key(text: str, grain: Grain | None, zone: str) -> Interval | None:
    """`Interval.key` read back for a table of this calendar; None for what is no key."""
    if text == WHOLE.key:
        return WHOLE
    start, slash, end = text.partition("/")
    try:
        bounds = datetime.fromisoformat(start), datetime.fromisoformat(end)
    except ValueError:
        return None
    return Interval(start=bounds[0], end=bounds[1], grain=grain, zone=zone) if slash else None


def parse_start(text: str, zone: str) -> datetime:
    """The instant at which `text` (a day, month, year or timestamp) begins in `zone`; ValueError if none."""
    return _bounds(text, zone)[0]


def is_zone(name: str) -> bool:
    """Whether the time zone database knows `name`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _bounds(text: str, zone: str) -> tuple[datetime, datetime]:
    if _YEAR.fullmatch(text):
        return _bounds(f"{text}-01", zone)[0], _bounds(f"{text}-12", zone)[1]
    if _MONTH.fullmatch(text):
        return _of(date.fromisoformat(f"{text}-01"), "month", zone)
    if _DAY.fullmatch(text):
        return _of(date.fromisoformat(text), "day", zone)
    if "T" not in text:
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    start = _instant(moment, zone) if moment.tzinfo is None else moment.astimezone(UTC)
    return start, _next(start, "hour", zone)


def _of(first: date, grain: Grain, zone: str) -> tuple[datetime, datetime]:
    """The bounds of the unit that begins with the date `first`; equal if the zone has no such day."""
    return _midnight(first, zone), _midnight(_following(first, grain), zone)


def _instant(local: datetime, zone: str) -> datetime:
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _midnight(day: date, zone: str) -> datetime:
    """The first instant of a date: where clocks jump over midnight, that of the jump (PEP 495)."""
    return _instant(datetime.combine(day, time()), zone)


def _following(first: date, grain: Grain) -> date:
    """The first date of the next unit."""
    if grain == "month":
        return (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first + timedelta(days=1)


def _floor(instant: datetime, grain: Grain, zone: str) -> datetime:
    if grain == "hour":
        return instant.replace(minute=0, second=0, microsecond=0)
    local = instant.astimezone(ZoneInfo(zone)).date()
    start = _midnight(local.replace(day=1) if grain == "month" else local, zone)
    # Where clocks went back over midnight, the date before comes again: the new day has begun.
    end = _next(start, grain, zone)
    return end if end <= instant else start


def _next(start: datetime, grain: Grain, zone: str) -> datetime:
    if grain == "hour":
        return start + timedelta(hours=1)
    first = start.astimezone(ZoneInfo(zone)).date()
    # Adding to the clock's time would keep the hour to which clocks jumped at midnight.
    while (end := _midnight(first := _following(first, grain), zone)) <= start:
        pass
    return end


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
