"""A table of Redshift as its ledger describes it, for tests that need no server."""

from framework.tables.redshift.ledger import LedgerTable
from framework.tables.redshift.names import Names

HOURLY = LedgerTable(
    names=Names(schema="main", table="t"),
    id="x",
    owner="o",
    dataset="d",
    grain="hour",
    zone="UTC",
    time="at",
    time_type="timestamp",
    merged="",
)
