"""A stretch of values that a column has to lie in, as SQL and as a question to footers."""

from dataclasses import dataclass
from decimal import Decimal

from framework.checks.between import Between
from framework.checks.measure import Measured, Proof, Statistics, present_rows
from framework.checks.sql import literal
from framework.checks.values import encode, exact
from framework.contract.argument import Value
from framework.contract.datatype import identifier
from framework.contract.schema import Column

_UNREADABLE = "\ufffd"
"""What stands for bytes that are no UTF-8, whose order it does not keep."""


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
        return 0 if bounds is not None and all(self._holds(encode(bound)) for bound in bounds) else None

    def proof(self, column: Column) -> Proof:
        """Every value lies within when the smallest and the largest do."""
        return Proof(of=exact(column, identifier(column.name)), holds=self._holds)

    def _holds(self, value: Measured) -> bool:
        # Exact: as `values.exact` has them both. NaN holds nowhere, which only costs a count; texts are
        # compared by code points, which is the order of their bytes in UTF-8.
        if isinstance(value, str) and _UNREADABLE in value:
            return False
        assert isinstance(value, int | float | Decimal | str), "an extreme is one value"
        lower, upper = (None if bound is None else encode(bound) for bound in (self.lower, self.upper))
        between = Between(
            lower=lower, upper=upper, strict_lower=self.strict_lower, strict_upper=self.strict_upper
        )
        return between.holds(value)
