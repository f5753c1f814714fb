"""Values as Spark SQL text, whatever is in them."""

import math
from datetime import date, datetime
from decimal import Decimal

from framework.contract.argument import Value
from framework.contract.datatype import text_literal


def literal(value: Value) -> str:
    """A value as a literal that keeps its type: exact numbers never pass through a double."""
    match value:
        case bool() | int():
            return str(value).lower()
        case float():
            return f"double('{value!r}')" if math.isinf(value) else f"{value!r}D"
        case Decimal():
            return f"{value:f}BD"
        case datetime():
            kind = "TIMESTAMP_NTZ" if value.tzinfo is None else "TIMESTAMP"
            return f"{kind}'{value.isoformat().replace('+00:00', 'Z')}'"
        case date():
            return f"DATE'{value.isoformat()}'"
        case str():
            return text_literal(value)
