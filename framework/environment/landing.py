"""Files that land one by one: which stretch of time each belongs to, and when all are there. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from framework.environment.objects import HIDDEN
from framework.interval import Grain, Interval, parse_interval

ReadyRule = Literal["any", "always", "marker"]

_FIELDS = {"Y": r"\d{4}", "m": r"\d{2}", "d": r"\d{2}", "H": r"\d{2}"}
"""Fields of strftime that a pattern may have, from coarse to fine."""

_VISIBLE = f"(?!{HIDDEN})"
_PARTS = "**/"
_WILD = {
    _PARTS: f"(?:{_VISIBLE}[^/]+/)*",
    "**": f"[^/]*(?:/{_VISIBLE}[^/]*)*",
    "*": "[^/]*",
    "?": "[^/]",
}
_TOKEN = re.compile(r"%(.?)|(\*\*/|\*\*|\*|\?|\[[^\]/]+\])")
_MANY = 100
"""Folders that are listed one by one; for more of them, all is listed."""


@dataclass(frozen=True)
class FilePattern:
    """Paths below a location: `%Y %m %d %H`, and `*`, `?`, `[…]` within one part; `**` is any parts.

    They are no hidden names (`HIDDEN`), nor the first letter of one. A field that stands twice has one
    value. Names of a local calendar are those of `zone`.
    """

    text: str
    zone: str = "UTC"

    @property
    def is_dated(self) -> bool:
        """Whether a path names a stretch of time."""
        return bool(self._fields)

    def problem(self) -> str | None:
        """What is wrong with the pattern; None for a right one."""
        unknown = [f"%{name}" for name in re.findall("%(.?)", self.text) if name not in (*_FIELDS, "%")]
        if unknown:
            return f"{unknown[0]} is no field; there are %Y, %m, %d and %H"
        if tuple(_FIELDS)[: len(self._fields)] != self._fields:
            return "a date needs %Y, then %m, %d and %H as far as it goes"
        if self.text.startswith("/") or any(part in ("", ".", "..") for part in self.text.split("/")):
            return "a path below the location, without empty parts"
        if set(self.text) & set("{}\\"):
            return "braces and backslashes have no meaning here"
        return None

    def matches(self, path: str) -> bool:
        """Whether the pattern is about `path`."""
        return self._expression.fullmatch(path) is not None

    def span_of(self, path: str) -> Interval:
        """The stretch of time that a matching path of a dated pattern names.

        Raises `ValueError` for a date that there is not.
        """
        found = self._expression.fullmatch(path)
        assert found is not None, "only asked of what matches"
        year, month, day, hour = (found.groupdict().get(name) for name in _FIELDS)
        if year is None or month is None:
            return parse_interval(f"{year}-01/{int(year or 0) + 1:04}-01", grain="month", zone=self.zone)
        if day is None:
            return parse_interval(f"{year}-{month}", grain="month", zone=self.zone)
        if hour is None:
            return parse_interval(f"{year}-{month}-{day}", zone=self.zone)
        local = datetime(int(year), int(month), int(day), int(hour), tzinfo=ZoneInfo(self.zone))
        # Where clocks go back, two hours have one name.
        start, last = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        return Interval(start=start, end=max(start, last) + timedelta(hours=1), grain="hour")

    def folders(self, stretch: Interval | None) -> Sequence[str]:
        """The folders below the location that hold the files of `stretch`; `""`: anywhere."""
        if stretch is None or stretch.is_whole:
            return [""]
        parts = []
        for part in self.text.split("/")[:-1]:
            if any(wild for _, wild in _TOKEN.findall(part)):
                break
            parts.append(part)
        named = self._named("/".join(parts))
        if not named:
            return ["/".join(parts).replace("%%", "%")]
        grain: Grain = "hour" if "H" in named else "day" if "d" in named else "month"
        units = stretch.as_grain(grain, self.zone).units()
        found: dict[str, None] = {}
        for unit in units:
            # An hour of UTC may reach into two of a zone that is half an hour off.
            for instant in (unit.start, unit.end - timedelta(microseconds=1)):
                found[instant.astimezone(ZoneInfo(self.zone)).strftime("/".join(parts))] = None
            if len(found) > _MANY:
                return [""]
        return list(found)

    @cached_property
    def _fields(self) -> tuple[str, ...]:
        return self._named(self.text)

    def _named(self, text: str) -> tuple[str, ...]:
        found = set(re.findall("%(.?)", text))
        return tuple(name for name in _FIELDS if name in found)

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return re.compile("".join(self._regex()))

    def _regex(self) -> Iterator[str]:
        seen: set[str] = set()
        at = 0
        for token in _TOKEN.finditer(self.text):
            yield re.escape(self.text[at : token.start()])
            at = token.end()
            name, wild = token[1], token[2]
            if wild:
                begins = f"/{self.text}"[token.start()] == "/"
                if begins and wild != _PARTS:
                    yield _VISIBLE
                within = not begins and wild == _PARTS  # what is before it may go on, or end its part
                yield f"(?:[^/]*/{_WILD[wild]})?" if within else _WILD.get(wild) or _class(wild)
            elif name == "%":
                yield "%"
            else:
                yield f"(?P={name})" if name in seen else f"(?P<{name}>{_FIELDS[name]})"
                seen.add(name)
        yield re.escape(self.text[at:])


@dataclass(frozen=True, kw_only=True)
class Landing:
    """How the files of a source come: `files` says what they are, `ready` when a stretch is complete.

    `marker`: the file that says so, for the rule of that name.
    """

    files: FilePattern
    ready: ReadyRule = "any"
    marker: FilePattern | None = None


def build_landing(files: str, ready: str | None, zone: str) -> Landing:
    """`ready`: None or `any`, `always`, else the pattern of a marker."""
    pattern = FilePattern(files, zone)
    if ready in (None, "any"):
        return Landing(files=pattern)
    if ready == "always":
        return Landing(files=pattern, ready="always")
    return Landing(files=pattern, ready="marker", marker=FilePattern(str(ready), zone))


def _class(wild: str) -> str:
    inside = wild[1:-1].replace("\\", r"\\").replace("[", r"\[")
    return f"[{'^' + inside[1:] if inside.startswith('!') else inside}]"
