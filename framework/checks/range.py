"""A stretch of values that a column has to lie in, as SQL and as a question to footers."""

from dataclasses import dataclass

from framework.checks.measure import Statistics, present_rows
from framework.checks.sql import literal
from framework.contract.argument import Value
from framework.contract.datatype import identifier


@dataclass(frozen=True, kw_only=True)
class Range:
    """Values from `lower` to `upper`, both inclusive unless strict; None is no bound, one is there."""

    lower: Value | None = None
    upper: Value | None = None
    strict_lower: bool = False
    strict_upper: bool = False

    def predicate(self, column: str) -> str:
        """SQL that is true within the range, NULL for NULL."""
        name = identifier(column)
        parts = []
        if self.lower is not None:
            parts.append(f"{name} {'>' if self.strict_lower else '>='} {literal(self.lower)}")
        if self.upper is not None:
            parts.append(f"{name} {'<' if self.strict_upper else '<='} {literal(self.upper)}")
        return " AND ".join(parts)

    def outside(self, statistics: Statistics, column: str) -> int | None:
        """0 when footers show that every value lies within; how many do not, they cannot tell."""
        if present_rows(statistics, column) == 0:
            return 0
        bounds = statistics.bounds(column)
        return 0 if bounds is not None and all(map(self._holds, bounds)) else None

    def _holds(self, value: Value) -> bool:
        # Exact: footers give int, Decimal, date or datetime, and so does `parse_argument`.
        low, high = self.lower, self.upper
        return (low is None or value > low or (value == low and not self.strict_lower)) and (  # type: ignore[operator]
            high is None or value < high or (value == high and not self.strict_upper)  # type: ignore[operator]
        )
