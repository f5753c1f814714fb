"""Rules about rows that share their values with others."""

from collections.abc import Mapping

from framework.checks.compiled import Compiled, Compiler, judge_rows
from framework.checks.measure import Grouped
from framework.checks.missing import count_kept, kept_predicate, kept_rows
from framework.checks.rows import present
from framework.contract.types import Expectation, texts_of

_DOUBLED = "sum(CASE WHEN n > 1 THEN n ELSE 0 END)"
"""Rows whose values come more than once."""


def unique(expectation: Expectation, columns: tuple[str, ...]) -> Compiled:
    """Every row whose columns come twice is unexpected, among those that `ignore_row_if` leaves.

    As in Great Expectations; NULL equals NULL, NaN equals NaN. No predicate over a single row can
    find these rows, so there is no filter.
    """
    kept = kept_rows(expectation)
    considered = present(columns[0]) if len(columns) == 1 and kept != "any" else count_kept(columns, kept)
    return Compiled(
        expectation=expectation,
        measures=(
            Grouped(columns=columns, where=kept_predicate(columns, kept), sql=_DOUBLED, repeated=True),
            considered,
        ),
        decide=judge_rows(expectation.mostly),
    )


RULES: Mapping[str, Compiler] = {
    "column_values_to_be_unique": lambda e, _: unique(e, texts_of(e.arguments["column"])),
    "compound_columns_to_be_unique": lambda e, _: unique(e, texts_of(e.arguments["column_list"])),
}
"""Compilers by type."""
