"""Generated tables: the same columns of all types each time, the values as awkward as they come."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from framework import Schema
from framework.contract.argument import Family, family_of

DDL = (
    "i8 TINYINT, i16 SMALLINT, i32 INT, j32 INT, i64 BIGINT, f FLOAT, x DOUBLE, y DOUBLE, d9 DECIMAL(9,2), "
    "e9 DECIMAL(9,2), d38 DECIMAL(38,10), b BOOLEAN, c BOOLEAN, s STRING, `größe in cm` STRING, word STRING, "
    "text STRING, day DATE, due DATE, at TIMESTAMP, until TIMESTAMP, raw BINARY, list ARRAY<INT>"
)
_SCHEMA = Schema.of(DDL)
assert _SCHEMA is not None
SCHEMA: Schema = _SCHEMA
ARROW = pa.schema(
    {
        "i8": pa.int8(),
        "i16": pa.int16(),
        "i32": pa.int32(),
        "j32": pa.int32(),
        "i64": pa.int64(),
        "f": pa.float32(),
        "x": pa.float64(),
        "y": pa.float64(),
        "d9": pa.decimal128(9, 2),
        "e9": pa.decimal128(9, 2),
        "d38": pa.decimal128(38, 10),
        "b": pa.bool_(),
        "c": pa.bool_(),
        "s": pa.string(),
        "größe in cm": pa.string(),
        "word": pa.string(),
        "text": pa.string(),
        "day": pa.date32(),
        "due": pa.date32(),
        "at": pa.timestamp("us", tz="UTC"),
        "until": pa.timestamp("us", tz="UTC"),
        "raw": pa.binary(),
        "list": pa.list_(pa.int32()),
    }
)
FAMILY: Mapping[str, Family] = {
    c.name: family_of(c.datatype) for c in SCHEMA.columns if c.datatype is not None
}
SIZES = (0, 1, 1, 2, 3, 4, 5, 8, 8, 13, 21, 40)
_NAN, _INFINITE = math.nan, math.inf
_UNICODE = [
    "",
    " ",
    "a",
    "A",
    "ä",
    "a\u0308",
    "ß",
    "日本",
    "🙂",
    "é\n",
    "it's",
    "100%",
    "a_b",
    "\\d",
    "${x}",
    "a\tb",
]
_WORDS = ["EWR", "JFK", "LGA", "ewr", "E", "EWR ", "B6", "12", "-3.5", "1e3", "true", "null", "NaN"]
_TEXTS = [
    *(
        '{"a": 1}',
        "[1, 2]",
        "{}",
        "{a: 1}",
        '"x"',
        "1",
        "nope",
        "",
        '{"a": "1"}',
        "null",
        "[1,",
        '{"a": null}',
    ),
    *("2013-01-02", "2013-13-02", "02/03/2013", "2013-01-02 03:04:05", "Jan 5 2013", "20130102", "tomorrow"),
]


@dataclass(frozen=True)
class Table:
    """Generated rows, by column; `number` makes the same again."""

    number: int
    columns: Mapping[str, Sequence[object]]
    data: pa.Table

    def values(self, column: str) -> list[object]:
        """What is there, without NULLs."""
        return [value for value in self.columns[column] if value is not None]


def make_table(number: int) -> Table:
    """The table of this number, always the same. The first ones are empty, all NULL and of one row."""
    chance = random.Random(f"table {number}")
    size = {0: 0, 1: 6, 2: 1}.get(number, chance.choice(SIZES))
    columns = {name: _column(chance, name, size, all_null=number == 1) for name in ARROW.names}
    return Table(number, columns, pa.table(columns, schema=ARROW))


def _column(chance: random.Random, name: str, size: int, *, all_null: bool) -> list[object]:
    nulls = 1.0 if all_null else chance.choice([0.0, 0.0, 0.0, 0.2, 0.2, 0.5, 1.0])
    make = _MAKERS[name]
    pool = [make(chance) for _ in range(chance.choice([1, 2, 3, 8, 40]))]
    return [None if chance.random() < nulls else chance.choice(pool) for _ in range(size)]


def _whole(bits: int) -> Callable[[random.Random], int]:
    edge = 2 ** (bits - 1)

    def make(chance: random.Random) -> int:
        if chance.random() < 0.05:
            return chance.choice([-edge, edge - 1])
        return chance.randint(-5, 12) if chance.random() < 0.8 else chance.randint(-edge, edge - 1)

    return make


def _double(chance: random.Random) -> float:
    if chance.random() < 0.15:
        return chance.choice([_NAN, _INFINITE, -_INFINITE, -0.0, 0.0, 5e-324, 1.7e308])
    return _finite(chance)


def _finite(chance: random.Random) -> float:
    return chance.choice(
        [float(chance.randint(-4, 9)), chance.uniform(-3, 3), chance.gauss(0, 100), 0.1, -0.0]
    )


def _single(chance: random.Random) -> float:
    return chance.choice([float(chance.randint(-4, 9)), 0.5, 0.1, -0.0, _NAN, 2.0**100])


def _decimal(digits: int, scale: int) -> Callable[[random.Random], Decimal]:
    def make(chance: random.Random) -> Decimal:
        top = 10**digits - 1
        unscaled = (
            chance.randint(-top, top) if chance.random() < 0.1 else chance.randint(-5, 9) * 10**scale // 2
        )
        return Decimal(unscaled).scaleb(-scale) if abs(unscaled) < 10**28 else Decimal(f"{unscaled}E-{scale}")

    return make


def _day(chance: random.Random) -> date:
    return date(2013, 1, 1) + timedelta(days=chance.choice([0, 1, 2, 3, 40, chance.randint(-30_000, 30_000)]))


def _moment(chance: random.Random) -> datetime:
    micros = chance.choice([0, 1, 3_600_000_000, 86_400_000_000, chance.randint(-(10**15), 10**15)])
    return datetime(2013, 1, 1) + timedelta(microseconds=micros)  # noqa: DTZ001  # UTC, as Spark gives it


_MAKERS: Mapping[str, Callable[[random.Random], object]] = {
    "i8": _whole(8),
    "i16": _whole(16),
    "i32": lambda chance: chance.randint(0, 4),
    "j32": lambda chance: chance.randint(0, 4),
    "i64": _whole(64),
    "f": _single,
    "x": _double,
    "y": _finite,
    "d9": _decimal(9, 2),
    "e9": _decimal(9, 2),
    "d38": _decimal(38, 10),
    "b": lambda chance: chance.random() < 0.5,
    "c": lambda chance: chance.random() < 0.8,
    "s": lambda chance: chance.choice(_UNICODE) + chance.choice(["", "", *_UNICODE]),
    "größe in cm": lambda chance: chance.choice([*_WORDS, *_UNICODE]),
    "word": lambda chance: chance.choice(_WORDS),
    "text": lambda chance: chance.choice(_TEXTS),
    "day": _day,
    "due": _day,
    "at": _moment,
    "until": _moment,
    "raw": lambda chance: chance.randbytes(chance.randint(0, 2)),
    "list": lambda chance: [chance.randint(0, 2) for _ in range(chance.randint(0, 2))],
}
_spare = random.Random("spare")
SPARE: Mapping[str, Sequence[object]] = {
    name: [make(_spare) for _ in range(40)] for name, make in _MAKERS.items()
}
"""Values of each column for when a table has none."""
