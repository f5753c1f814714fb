"""Values of a column as Spark hands them over exactly: without Python's calendar and its time zone.

Days and microseconds since 1970 stand for dates and timestamps: Spark knows years that Python does
not, and PySpark turns an instant into the local time of the machine.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from framework.checks.measure import Measured
from framework.checks.verdict import Observed
from framework.contract.argument import Value, family_of
from framework.contract.datatype import Primitive
from framework.contract.frozen import freeze
from framework.contract.schema import Column

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # of both kinds of timestamps, in UTC
_NTZ = Primitive("timestamp_ntz")


def exact(column: Column, sql: str) -> str:
    """`sql`, an expression of the column's type, as an expression whose values arrive unchanged."""
    assert column.datatype is not None, "contract.catalogue.faults_of comes first"
    match family_of(column.datatype):
        case "date":
            return f"unix_date({sql})"
        case "timestamp" if column.datatype == _NTZ:
            return f"unix_micros(CAST({sql} AS TIMESTAMP))"  # the session's time zone is UTC
        case "timestamp":
            return f"unix_micros({sql})"
        case _:
            return sql


def encode(value: Value) -> int | float | Decimal | str:
    """A value as `exact` has it."""
    if isinstance(value, datetime):
        naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return (naive - _EPOCH) // timedelta(microseconds=1)
    return (value - _EPOCH.date()).days if isinstance(value, date) else value


def decode(column: Column, measured: Measured) -> Observed:
    """A value of `exact` as what a verdict holds: decimals, dates and timestamps as text."""
    family = None if column.datatype is None else family_of(column.datatype)
    if family not in ("date", "timestamp") or not isinstance(measured, int):
        return freeze(measured)
    try:
        if family == "date":
            return (_EPOCH.date() + timedelta(days=measured)).isoformat()
        text = (_EPOCH + timedelta(microseconds=measured)).isoformat()
    except OverflowError:
        return f"{measured:+,} {'days' if family == 'date' else 'microseconds'} from 1970-01-01"
    return text if column.datatype == _NTZ else f"{text}Z"
