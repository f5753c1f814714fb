"""Rules about rows that share their values with others."""

from collections.abc import Mapping

from framework.checks.compiled import Compiled, Compiler, judge_rows
from framework.checks.measure import Aggregate, Grouped, Statistics
from framework.checks.rows import present
from framework.contract.datatype import identifier
from framework.contract.types import ArgumentValue, Expectation

_DOUBLED = "sum(CASE WHEN n > 1 THEN n ELSE 0 END)"
"""Rows whose values come more than once."""


def unique(expectation: Expectation, columns: tuple[str, ...]) -> Compiled:
    """Every row whose columns come twice is unexpected; rows where all of them are NULL are missing.

    As in Great Expectations; in a partly NULL combination NULL equals NULL. No predicate over a
    single row can find these rows, so there is no filter.
    """
    some = " OR ".join(f"{identifier(column)} IS NOT NULL" for column in columns)
    considered = present(columns[0]) if len(columns) == 1 else _any_present(columns, some)
    return Compiled(
        expectation=expectation,
        measures=(Grouped(columns=columns, where=some, sql=_DOUBLED), considered),
        decide=judge_rows(expectation.mostly),
    )


def _any_present(columns: tuple[str, ...], some: str) -> Aggregate:
    def footer(statistics: Statistics) -> int | None:
        has_full = any(statistics.nulls(column) == 0 for column in columns)
        return statistics.rows if has_full else None

    return Aggregate(sql=f"count_if({some})", footer=footer)


def _names(value: ArgumentValue) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, tuple) else (str(value),)


RULES: Mapping[str, Compiler] = {
    "column_values_to_be_unique": lambda e, _: unique(e, _names(e.arguments["column"])),
    "compound_columns_to_be_unique": lambda e, _: unique(e, _names(e.arguments["column_list"])),
}
"""Compilers by type."""
