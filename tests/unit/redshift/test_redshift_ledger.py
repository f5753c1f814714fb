"""The statements that write generations."""

from datetime import UTC, datetime, timedelta

from framework.generation import Fingerprint
from framework.interval import parse_interval
from framework.tables.redshift.ledger import Entry, insert_entries
from tests.unit.redshift.tables import HOURLY

_MOST_VALUES = 32767
"""Values that the driver binds to one statement at most."""


def test_a_year_of_hours_is_written_at_once() -> None:
    """More generations than one statement takes values for are written by several, each of them once."""
    made = Fingerprint(code="a", contract="b", checks="c", parameters="d", inputs="e")
    first = datetime(2012, 1, 1, tzinfo=UTC)
    hours = [parse_interval(f"{first + timedelta(hours=hour):%Y-%m-%dT%H}") for hour in range(366 * 24)]
    entries = [
        Entry(interval=hour, number=1, version=1, fingerprint=made, rows=1, run_id="r", stage_id="s")
        for hour in hours
    ]
    statements = list(insert_entries(HOURLY, entries))
    assert all(len(values) == sql.count("%s") <= _MOST_VALUES for sql, values in statements)
    keys = [values[at] for _, values in statements for at in range(1, len(values), 10)]
    assert keys == [hour.key for hour in hours]
