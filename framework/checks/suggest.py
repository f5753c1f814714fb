"""Expectations that hold for a profile, with room for data that is a little different."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from framework.checks.measure import Measured
from framework.checks.profile import ColumnProfile, Profile
from framework.contract import expect
from framework.contract.types import Expectation, Output

FEW = 25
"""Distinct values that can be a set."""
_REPEATED = 4
"""A value of a set comes this often on average, or the set is a chance."""
_RARE = 0.05
"""A share of NULLs up to which `mostly` is worth a rule."""
_EXACT = 2.0**53


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """An expectation, and what of the data speaks for it."""

    expectation: Expectation
    reason: str = ""


def suggest_expectations(profile: Profile, output: Output | None) -> Iterator[Suggestion]:
    """What `profile` speaks for and `output` does not check already; of no masked value.

    `output`: as it is declared; None for a dataset that no job of the project makes.
    """
    yield _row_count(profile)
    for column in profile.columns:
        required = output is not None and _is_required(output, column.name)
        if not required:
            yield from _nulls(column, profile.rows)
        if column.is_unique and (output is None or output.key != (column.name,)):
            yield Suggestion(expectation=expect.column_values_to_be_unique(column.name))
        if column.masked or (output is not None and output.time == column.name):
            continue
        yield from _values(column, profile.rows)


def _row_count(profile: Profile) -> Suggestion:
    lowest, highest = min(profile.counts), max(profile.counts)
    lower = math.floor(_round(Decimal(lowest) / 2, ROUND_FLOOR))
    upper = math.ceil(_round(Decimal(highest) * 2, ROUND_CEILING))
    each = f"in each of {len(profile.counts)} intervals" if len(profile.counts) > 1 else "now"
    seen = f"{lowest:,}" if lowest == highest else f"{lowest:,} to {highest:,}"
    return Suggestion(expectation=expect.table_row_count_to_be_between(lower, upper), reason=f"{seen} {each}")


def _nulls(column: ColumnProfile, rows: int) -> Iterator[Suggestion]:
    if column.nulls == 0:
        yield Suggestion(expectation=expect.column_values_to_not_be_null(column.name))
    elif column.nulls == rows:
        yield Suggestion(expectation=expect.column_values_to_be_null(column.name), reason="every row")
    elif column.null_share <= _RARE:
        mostly = math.floor((1 - column.null_share) * 100) / 100
        yield Suggestion(
            expectation=expect.column_values_to_not_be_null(column.name, mostly=mostly, severity="warning"),
            reason=f"{column.nulls:,} of {rows:,} are NULL",
        )


def _values(column: ColumnProfile, rows: int) -> Iterator[Suggestion]:
    present = rows - column.nulls
    if column.values and present >= _REPEATED * len(column.values) and not _is_range(column.values):
        yield Suggestion(expectation=expect.column_values_to_be_in_set(column.name, _listed(column.values)))
        return
    if column.lengths is not None:
        shortest, longest = column.lengths
        if shortest == longest:
            yield Suggestion(expectation=expect.column_value_lengths_to_equal(column.name, shortest))
        else:
            upper = math.ceil(_round(Decimal(longest), ROUND_CEILING))
            floor = 1 if shortest else 0
            yield Suggestion(
                expectation=expect.column_value_lengths_to_be_between(column.name, floor, upper),
                reason=f"{shortest:,} to {longest:,}",
            )
    if column.bounds is not None and not column.nans:
        yield from _between(column)


def _between(column: ColumnProfile) -> Iterator[Suggestion]:
    assert column.bounds is not None
    lowest, highest = column.bounds
    if isinstance(lowest, date):
        # The latest is of today: tomorrow's rows would break an upper bound.
        first = date(lowest.year, 1, 1).isoformat()
        yield Suggestion(
            expectation=expect.column_values_to_be_between(column.name, first), reason=f"earliest {lowest}"
        )
        return
    if not isinstance(lowest, int | float | Decimal) or not isinstance(highest, int | float | Decimal):
        return
    if lowest == highest or not (math.isfinite(lowest) and math.isfinite(highest)):
        return
    lower, upper = _outward(Decimal(str(lowest)), Decimal(str(highest)))
    numbers = (_number(lower, column), _number(upper, column))
    yield Suggestion(
        expectation=expect.column_values_to_be_between(column.name, *numbers),
        reason=f"{_shown(lowest)} to {_shown(highest)}",
    )


def _outward(lowest: Decimal, highest: Decimal) -> tuple[Decimal, Decimal]:
    """Bounds to two digits of their distance, which is not 0."""
    step = Decimal(1).scaleb((highest - lowest).adjusted() - 1)
    lower = (lowest / step).to_integral_value(ROUND_FLOOR) * step
    upper = (highest / step).to_integral_value(ROUND_CEILING) * step
    return lower, upper


def _number(value: Decimal, column: ColumnProfile) -> int | float | Decimal:
    whole = value == value.to_integral_value()
    if column.family == "integer" or (whole and abs(value) < _EXACT):
        return int(value)
    return float(value) if column.family == "float" else value


def _round(value: Decimal, way: str) -> Decimal:
    """Two significant digits."""
    if value == 0:
        return value
    step = Decimal(1).scaleb(value.adjusted() - 1)
    return (value / step).to_integral_value(way) * step


def _shown(value: float | Decimal) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}"


def _is_required(output: Output, name: str) -> bool:
    column = output.schema.find(name) if output.schema is not None else None
    return name in output.key or name == output.time or (column is not None and not column.nullable)


def _is_range(values: tuple[Measured, ...]) -> bool:
    """Whether they are neighbouring whole numbers, of which bounds say all."""
    numbers = [value for value in values if isinstance(value, int)]
    return bool(numbers) and max(numbers) - min(numbers) + 1 == len(numbers)


def _listed(values: tuple[Measured, ...]) -> list[int | str]:
    return [value for value in values if isinstance(value, int | str)]
