"""The statement that counts rows by interval, evaluated as a server would."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from framework.interval import Interval, parse_interval
from framework.tables.redshift.connection import Row, Value
from framework.tables.redshift.rows import count_rows
from tests.unit.redshift.tables import HOURLY


class Sqlite:
    """A `Connection` to a table of moments, as texts that sort as they do."""

    def __init__(self, moments: list[datetime]) -> None:
        self.sent = 0
        self._database = sqlite3.connect(":memory:")
        self._database.execute("CREATE TABLE t (at TEXT)")
        self._database.executemany(
            "INSERT INTO t VALUES (?)", [(f"{each:%Y-%m-%d %H:%M:%S}",) for each in moments]
        )

    def execute(self, sql: str, parameters: tuple[Value, ...] = ()) -> list[Row]:
        """One statement; SQLite knows no typed literals."""
        self.sent += 1
        return list(self._database.execute(sql.replace("TIMESTAMP '", "'"), parameters))


@pytest.mark.parametrize("text", ["2013-01-01", "2013-01-01/2013-01-03"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_each_row_is_counted_in_its_interval(text: str, zone: str) -> None:
    """Also with gaps between the intervals, at their bounds, and in one statement for all of them."""
    hours = list(parse_interval(text, grain="hour", zone=zone).units())
    wanted = [hour for number, hour in enumerate(hours) if number % 5 not in (1, 2)]
    first = datetime(2012, 12, 31, tzinfo=UTC)
    moments = [first + timedelta(minutes=20 * number) for number in range(24 * 3 * 5)]
    connection = Sqlite(moments)
    counted = count_rows(connection, HOURLY, wanted)
    assert counted == {hour: _between(moments, hour) for hour in wanted}
    assert connection.sent == 1


def _between(moments: list[datetime], interval: Interval) -> int:
    return sum(interval.start <= each < interval.end for each in moments)
