"""Which rows a rule about several columns considers: what its `ignore_row_if` leaves."""

from typing import Literal

from framework.checks.measure import ROWS, Aggregate, Statistics
from framework.contract.datatype import identifier
from framework.contract.types import Expectation

Kept = Literal["some", "all", "any"]
"""Rows with some value present, with all present, or any row."""

_KEPT: dict[str, Kept] = {
    "all_values_are_missing": "some",
    "both_values_are_missing": "some",
    "any_value_is_missing": "all",
    "either_value_is_missing": "all",
    "never": "any",
    "neither": "any",
}


def kept_rows(expectation: Expectation) -> Kept:
    """What `ignore_row_if` leaves; its default leaves rows with some value."""
    return _KEPT[str(expectation.arguments.get("ignore_row_if", "all_values_are_missing"))]


def kept_predicate(columns: tuple[str, ...], kept: Kept) -> str:
    """SQL that is true for the rows that are considered, false for others."""
    if kept == "any":
        return "true"
    return (" OR " if kept == "some" else " AND ").join(f"{identifier(name)} IS NOT NULL" for name in columns)


def count_kept(columns: tuple[str, ...], kept: Kept) -> Aggregate:
    """How many rows are considered."""
    if kept == "any":
        return ROWS
    footer = _some if kept == "some" else _all

    def told(statistics: Statistics) -> int | None:
        return footer(statistics, [statistics.nulls(column) for column in columns])

    predicate = kept_predicate(columns, kept)
    return Aggregate(sql=f"count_if({predicate})", footer=told, counts=predicate)


def _some(statistics: Statistics, nulls: list[int | None]) -> int | None:
    if 0 in nulls:
        return statistics.rows
    return statistics.rows - (nulls[0] or 0) if len(nulls) == 1 and nulls[0] is not None else None


def _all(statistics: Statistics, nulls: list[int | None]) -> int | None:
    lacking = [count for count in nulls if count != 0]
    if not lacking:
        return statistics.rows
    return statistics.rows - lacking[0] if len(lacking) == 1 and lacking[0] is not None else None
