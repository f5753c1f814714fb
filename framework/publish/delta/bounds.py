"""The smallest and largest value of a Parquet column as JSON, where a footer's can be trusted."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

PREFIX: Final = 32
"""Characters of a string that go into a bound: what Delta's own writers keep."""

Raw = bool | int | bytes
"""A bound as the footer holds it, in the column's physical type (floats are never looked at)."""

Bounds = tuple[str, str]
"""Smallest and largest value, as JSON text."""

_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_HIGHEST = "\U0010ffff"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RowGroupStatistics(Protocol):
    """The part of `pyarrow.parquet.Statistics` that is looked at."""

    has_null_count: bool
    null_count: int
    has_min_max: bool
    min_raw: Raw
    max_raw: Raw


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One top-level column of a file: its types, and for each row group its rows and statistics.

    `logical` is Parquet's logical type as pyarrow spells it in JSON: `{"Type": "Date"}`.
    """

    physical: str
    logical: Mapping[str, object]
    required: bool
    groups: tuple[tuple[int, RowGroupStatistics | None], ...]

    @property
    def null_count(self) -> int | None:
        """NULLs in the file; None when a row group does not tell."""
        if self.required:
            return 0
        known = [found for _, found in self.groups if found is not None and found.has_null_count]
        return sum(found.null_count for found in known) if len(known) == len(self.groups) else None

    @property
    def extremes(self) -> tuple[list[Raw], list[Raw]] | None:
        """Minima and maxima of the row groups that have values; None when one does not tell."""
        lows: list[Raw] = []
        highs: list[Raw] = []
        for rows, found in self.groups:
            if found is None:
                return None
            if found.has_min_max:
                lows.append(found.min_raw)
                highs.append(found.max_raw)
            elif not (found.has_null_count and found.null_count == rows):
                return None
        return (lows, highs) if lows else None


def is_bounded(type_: str) -> bool:
    """Whether columns of this Spark type have bounds that every Delta writer writes and reads."""
    return type_ in (*_INTEGERS, "date", "timestamp", "string") or _DECIMAL.fullmatch(type_) is not None


def render_bounds(type_: str, leaf: Leaf) -> Bounds | None:
    """Bounds of a column of Spark type `type_`; None when the type or the footer allows none."""
    extremes = leaf.extremes
    decimal = _DECIMAL.fullmatch(type_)
    found: Bounds | None = None
    match extremes, leaf.logical:
        case None, _:
            pass
        case (_, {"Type": "None"} | {"Type": "Int", "isSigned": True}) if type_ in _INTEGERS:
            # An old timestamp, INT96, has no logical type either.
            found = _numbers(extremes) if leaf.physical in ("INT32", "INT64") else None
        case _, {"Type": "None"} if type_ == "boolean" and leaf.physical == "BOOLEAN":
            found = json.dumps(min(extremes[0])), json.dumps(max(extremes[1]))
        case _, {"Type": "Date"} if type_ == "date":
            found = _dates(extremes)
        case _, {"Type": "Timestamp", "isAdjustedToUTC": True, "timeUnit": str(unit)} if type_ == "timestamp":
            found = _timestamps(extremes, unit)
        case _, {"Type": "String"} if type_ == "string":
            found = _strings(extremes)
        case _, {"Type": "Decimal", "scale": int(scale)} if decimal and scale == int(decimal[2]):
            found = _numbers(extremes, scale)
    return found


def _numbers(extremes: tuple[Sequence[Raw], Sequence[Raw]], scale: int = 0) -> Bounds:
    low, high = _integers(extremes)
    return _number(low, scale), _number(high, scale)


def _number(unscaled: int, scale: int) -> str:
    # Written by hand: no float may touch a decimal on its way.
    digits = str(abs(unscaled)).zfill(scale + 1)
    sign = "-" if unscaled < 0 else ""
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"


def _dates(extremes: tuple[Sequence[Raw], Sequence[Raw]]) -> Bounds | None:
    try:
        low, high = (date(1970, 1, 1) + timedelta(days=days) for days in _integers(extremes))
    except OverflowError:  # a year that ISO text of four digits cannot hold
        return None
    return json.dumps(low.isoformat()), json.dumps(high.isoformat())


def _timestamps(extremes: tuple[Sequence[Raw], Sequence[Raw]], unit: str) -> Bounds | None:
    # Delta's writers cut to ms and its readers add 1 ms to the maximum; µs is tighter and as right.
    micros = {"microseconds": 1, "milliseconds": 1000}.get(unit)
    if micros is None:
        return None
    try:
        low, high = (_EPOCH + timedelta(microseconds=count * micros) for count in _integers(extremes))
    except OverflowError:
        return None
    return _instant(low), _instant(high)


def _instant(moment: datetime) -> str:
    return json.dumps(f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z")


def _strings(extremes: tuple[Sequence[Raw], Sequence[Raw]]) -> Bounds | None:
    # Both formats order strings by their UTF-8 bytes, which is the order of their code points.
    try:
        low = min(value.decode() for value in extremes[0] if isinstance(value, bytes))
        high = max(value.decode() for value in extremes[1] if isinstance(value, bytes))
    except UnicodeDecodeError:
        return None
    ceiling = _ceiling(high)
    return None if ceiling is None else (_text(low[:PREFIX]), _text(ceiling))


def _text(value: str) -> str:
    # arrow-json, by which deltalake reads, decodes escaped surrogate pairs above U+1FFFF wrongly.
    return json.dumps(value, ensure_ascii=False)


def _ceiling(value: str) -> str | None:
    """A short text that is not smaller than `value`; None when there is none."""
    if len(value) <= PREFIX:
        return value
    end = next((at for at in range(PREFIX, 2 * PREFIX) if value[at : at + 1] < _HIGHEST), None)
    return None if end is None else value[:end] + _HIGHEST


def _integers(extremes: tuple[Sequence[Raw], Sequence[Raw]]) -> tuple[int, int]:
    return min(map(_integer, extremes[0])), max(map(_integer, extremes[1]))


def _integer(value: Raw) -> int:
    # Decimals may be fixed or variable length bytes, big-endian two's complement.
    return int.from_bytes(value, "big", signed=True) if isinstance(value, bytes) else value
