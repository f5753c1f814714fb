"""How many rows of a table lie in each interval, in one statement however many intervals there are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from framework.checks.builtin import time_bounds
from framework.contract.argument import Value
from framework.contract.schema import Column
from framework.generation import digest, short
from framework.interval import Interval
from framework.tables.redshift.connection import Connection
from framework.tables.redshift.quoting import identifier

if TYPE_CHECKING:
    from framework.tables.redshift.ledger import LedgerTable


def rows_hash(rows: int) -> int:
    """A number of rows as the 63-bit number that a generation has for its files."""
    return short(digest([str(rows)]))


def count_rows(
    connection: Connection, table: "LedgerTable", intervals: Iterable[Interval]
) -> Mapping[Interval, int]:
    """The live rows of each interval, 0 included; where rows are merged, of the whole table for each."""
    wanted = sorted(intervals)
    if not wanted:
        return {}
    if table.merged or not table.time:
        (row,) = connection.execute(f"SELECT count(*) FROM {table.names.sql}")
        return dict.fromkeys(wanted, int(str(row[0])))
    place = _place([_upper(table, interval) for interval in wanted], 0, identifier(table.time))
    ranges = " OR ".join(within(table, each) for each in spans(wanted))
    counted = connection.execute(
        f"SELECT place, count(*) FROM (SELECT {place} AS place FROM {table.names.sql} WHERE {ranges}) p "
        "GROUP BY place"
    )
    found = {int(str(row[0])): int(str(row[1])) for row in counted}
    return {interval: found.get(number, 0) for number, interval in enumerate(wanted)}


def count_all(connection: Connection, table: "LedgerTable") -> int:
    """All live rows."""
    (row,) = connection.execute(f"SELECT count(*) FROM {table.names.sql}")
    return int(str(row[0]))


def within(table: "LedgerTable", interval: Interval) -> str:
    """The predicate for the rows of an interval."""
    if interval.is_whole:
        return "true"
    lower, upper = time_bounds(Column(name=table.time, type=table.time_type), interval)
    time = identifier(table.time)
    return f"({time} >= {moment(lower)} AND {time} < {moment(upper)})"


def spans(intervals: Sequence[Interval]) -> list[Interval]:
    """Sorted intervals with neighbours joined: one predicate for a month of days."""
    joined: list[Interval] = []
    for each in intervals:
        if joined and joined[-1].end == each.start:
            first = joined.pop()
            each = Interval(start=first.start, end=each.end, grain=each.grain, zone=each.zone)  # noqa: PLW2901
        joined.append(each)
    return joined


def moment(value: Value) -> str:
    """A bound as a literal; sessions are in UTC."""
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.replace(tzinfo=None).isoformat(sep=' ')}'"
    assert isinstance(value, date), "bounds of a time column"
    return f"DATE '{value.isoformat()}'"


def _upper(table: "LedgerTable", interval: Interval) -> str:
    return moment(time_bounds(Column(name=table.time, type=table.time_type), interval)[1])


def _place(uppers: Sequence[str], first: int, time: str) -> str:
    """SQL for the number of the interval in which a time lies, by halving: log n comparisons a row."""
    if len(uppers) == 1:
        return str(first)
    half = len(uppers) // 2
    lower, upper = _place(uppers[:half], first, time), _place(uppers[half:], first + half, time)
    return f"CASE WHEN {time} < {uppers[half - 1]} THEN {lower} ELSE {upper} END"
