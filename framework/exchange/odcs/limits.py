"""The operator of a quality rule as bounds on what the rule counts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

_OPERATORS = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a count, or a percentage, may be: `strict` when a bound itself is too low or too high."""

    lower: float | None = None
    upper: float | None = None
    strict: bool = False

    @property
    def least(self) -> int | None:
        """The least whole number that is allowed; None: no lower bound."""
        if self.lower is None:
            return None
        return math.floor(self.lower) + 1 if self.strict else math.ceil(self.lower)

    @property
    def most(self) -> int | None:
        """The greatest whole number that is allowed; None: no upper bound."""
        if self.upper is None:
            return None
        return math.ceil(self.upper) - 1 if self.strict else math.floor(self.upper)

    @property
    def share_of_others(self) -> float:
        """The fraction that remains, of a `percent` that is at most `upper`, exact in decimal digits."""
        return float((100 - Decimal(repr(self.upper))) / 100)


def parse_limits(rule: Mapping[str, object]) -> Limits:
    """The bounds that the rule's operators set together; ValueError says what is no bound.

    Several bounds of which only some are strict cannot be one `Limits`. `mustBeBetween` leaves
    out both ends, as the standard's text says.
    """
    given = {name: rule[name] for name in _OPERATORS if name in rule}
    if not given:
        raise ValueError("it has no operator, like mustBe")
    found = [_limits(name, value) for name, value in given.items()]
    if len({each.strict for each in found}) > 1:
        raise ValueError(f"{' and '.join(given)} do not make one range")
    lower = [each.lower for each in found if each.lower is not None]
    upper = [each.upper for each in found if each.upper is not None]
    return Limits(lower=max(lower, default=None), upper=min(upper, default=None), strict=found[0].strict)


def _limits(name: str, value: object) -> Limits:
    match name:
        case "mustBeBetween" if isinstance(value, list) and len(value) == 2:  # noqa: PLR2004  # its two ends
            return Limits(lower=_number(value[0]), upper=_number(value[1]), strict=True)
        case "mustBe":
            return Limits(lower=_number(value), upper=_number(value))
        case "mustBeGreaterThan" | "mustBeGreaterOrEqualTo":
            return Limits(lower=_number(value), strict=name == "mustBeGreaterThan")
        case "mustBeLessThan" | "mustBeLessOrEqualTo":
            return Limits(upper=_number(value), strict=name == "mustBeLessThan")
        case _:
            raise ValueError(f"{name} is no range")


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return value
