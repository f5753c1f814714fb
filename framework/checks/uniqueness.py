"""Rules about rows that share their values with others."""

from framework.checks.compiled import Compiled, judge_rows
from framework.checks.measure import Aggregate, Duplicates, Statistics
from framework.checks.rows import present
from framework.contract.datatype import identifier
from framework.contract.types import Expectation


def unique(expectation: Expectation, columns: tuple[str, ...]) -> Compiled:
    """Every row whose columns come twice is unexpected; rows where all of them are NULL are missing.

    As in Great Expectations; in a partly NULL combination NULL equals NULL. No predicate over a
    single row can find these rows, so there is no filter.
    """
    some = " OR ".join(f"{identifier(column)} IS NOT NULL" for column in columns)
    considered = present(columns[0]) if len(columns) == 1 else _any_present(columns, some)
    return Compiled(
        expectation=expectation,
        measures=(Duplicates(columns=columns, where=some), considered),
        decide=judge_rows(expectation.mostly),
    )


def _any_present(columns: tuple[str, ...], some: str) -> Aggregate:
    def footer(statistics: Statistics) -> int | None:
        has_full = any(statistics.nulls(column) == 0 for column in columns)
        return statistics.rows if has_full else None

    return Aggregate(sql=f"count_if({some})", footer=footer)
