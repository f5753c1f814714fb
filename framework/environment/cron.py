"""A cron line: when it ticks. The grammar that cron, systemd, Airflow and EventBridge all can say."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_PART = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
"""Names of the weekdays, in cron's order: Sunday is 0."""
_FIELDS = (
    ("minute", range(60), ()),
    ("hour", range(24), ()),
    ("day", range(1, 32), ()),
    ("month", range(1, 13), _MONTHS),
    ("weekday", range(8), WEEKDAYS),
)
_LEAP_YEAR = 2000
_FARTHEST = timedelta(days=366 * 9)
"""A day that ticks is never further away: 29 February, over a century that is no leap year."""


@dataclass(frozen=True, kw_only=True)
class Cron:
    """The values of each field at which the line ticks, ascending; a weekday is 0 (Sunday) to 6.

    At most one of `days` and `weekdays` is restricted, so that they mean the same everywhere.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]

    @property
    def any_day(self) -> bool:
        """Whether every day of the month counts."""
        return len(self.days) == len(_FIELDS[2][1])

    @property
    def any_weekday(self) -> bool:
        """Whether every day of the week counts."""
        return len(self.weekdays) == len(WEEKDAYS)

    @property
    def most_in_a_day(self) -> int:
        """How often it ticks on a day on which it does."""
        return len(self.minutes) * len(self.hours)

    @property
    def most_in_a_month(self) -> int:
        """How often it ticks in a month of 31 days, at most."""
        days = len(self.days) if self.any_weekday else 5 * len(self.weekdays)
        return self.most_in_a_day * days

    def ticks_until(self, instant: datetime, zone: str) -> Iterator[datetime]:
        """Ticks at or before `instant` (aware) by the clocks of `zone`, the newest first, in UTC.

        A time that clocks jump over ticks when they have jumped; one that comes twice, the first time.
        """
        last = instant.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
        day = last
        while last - day < _FARTHEST and day > date.min + timedelta(days=1):
            if self._ticks_on(day):
                yield from (tick for tick in self._on(day, zone) if tick <= instant)
                last = day
            day -= timedelta(days=1)

    def _ticks_on(self, day: date) -> bool:
        weekday = day.isoweekday() % 7
        return day.month in self.months and day.day in self.days and weekday in self.weekdays

    def _on(self, day: date, zone: str) -> list[datetime]:
        clock = (time(hour, minute) for hour in self.hours for minute in self.minutes)
        local = (datetime.combine(day, each, tzinfo=ZoneInfo(zone)) for each in clock)
        return sorted({each.astimezone(UTC) for each in local}, reverse=True)


def parse_cron(text: str) -> Cron:
    """The five fields minute, hour, day, month, weekday, with `*`, lists, ranges, steps and names.

    Raises ValueError with what is wrong, also where schedulers differ: a line that says both a day
    and a weekday ticks on either for cron and on both for systemd, and EventBridge has none.
    """
    words = text.split()
    if len(words) != len(_FIELDS):
        raise ValueError("must have five fields: minute, hour, day, month, weekday")
    minutes, hours, days, months, weekdays = (
        _values(word, name, allowed, names)
        for word, (name, allowed, names) in zip(words, _FIELDS, strict=True)
    )
    weekdays = tuple(sorted({day % 7 for day in weekdays}))
    cron = Cron(minutes=minutes, hours=hours, days=days, months=months, weekdays=weekdays)
    if not cron.any_day and not cron.any_weekday:
        raise ValueError(
            "says a day and a weekday, which schedulers understand differently; make two schedules of it"
        )
    if min(days) > max(monthrange(_LEAP_YEAR, month)[1] for month in months):
        raise ValueError("never comes: no such month has that day")
    return cron


def _values(word: str, field: str, allowed: range, names: tuple[str, ...]) -> tuple[int, ...]:
    found: set[int] = set()
    for part in word.split(","):
        matched = _PART.fullmatch(part)
        if matched is None:
            raise ValueError(f'has the {field} "{part}", which is no number, range, step or *')
        star, first, last, step = matched.groups()
        if step is not None and first is not None and last is None:
            raise ValueError(f'has the {field} "{part}"; a step follows * or a range')
        start = allowed[0] if star else _number(first, field, allowed, names)
        stop = allowed[-1] if star else _number(last or first, field, allowed, names)
        if stop < start or step == "0":
            raise ValueError(f'has the {field} "{part}", which is empty')
        found.update(range(start, stop + 1, int(step or 1)))
    return tuple(sorted(found))


def _number(word: str, field: str, allowed: range, names: tuple[str, ...]) -> int:
    if word.upper() in names:
        return allowed[0] + names.index(word.upper())
    if not (word.isascii() and word.isdigit()) or int(word) not in allowed:
        raise ValueError(f'has the {field} "{word}", which is not {allowed[0]} to {allowed[-1]}')
    return int(word)
