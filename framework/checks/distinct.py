"""Rules about the different values of a column: one pass over its groups, the one that uniqueness needs."""

from collections.abc import Callable, Iterable, Mapping

from framework.checks.between import between_numbers
from framework.checks.compiled import Compiled, Compiler, Judgement
from framework.checks.measure import Grouped, Measured
from framework.checks.numbers import fraction
from framework.checks.rows import of_column, parsed, present
from framework.checks.sql import literal
from framework.checks.values import decode, exact
from framework.contract.argument import Value, family_of
from framework.contract.datatype import identifier
from framework.contract.schema import Column
from framework.contract.types import Expectation


def count_between(expectation: Expectation, column: Column) -> Compiled:
    """The number of distinct values lies between the bounds."""
    decide = between_numbers(expectation).judge
    return Compiled(expectation=expectation, measures=(_over(column, "count(*)"),), decide=decide)


def proportion_between(expectation: Expectation, column: Column) -> Compiled:
    """Distinct values as a fraction of all values lie between the bounds; 0 of no values."""
    allowed = between_numbers(expectation)

    def decide(distinct: Measured, values: Measured) -> Judgement:
        return allowed.judge(fraction(distinct, values))

    measures = (_over(column, "count(*)"), present(column.name))
    return Compiled(expectation=expectation, measures=measures, decide=decide)


def to_set(*, may_be_other: bool, may_lack: bool) -> Callable[[Expectation, Column], Compiled]:
    """Distinct values compared with a set; unexpected are values that are not in it."""

    def compile_(expectation: Expectation, column: Column) -> Compiled:
        wanted = _values(expectation, column)

        def decide(distinct: Measured, found: Measured) -> Judgement:
            assert isinstance(distinct, int), "a count is a number"
            assert isinstance(found, int), "a count is a number"
            other, missing = distinct - found, len(wanted) - found
            reasons = []
            if other and not may_be_other:
                reasons.append(f"{other:,} of {distinct:,} distinct values are not in the set")
            if missing and not may_lack:
                reasons.append(f"{missing:,} of {len(wanted):,} values of the set do not come")
            return Judgement(
                state="fail" if reasons else "pass",
                unexpected=None if may_be_other else other,
                considered=None if may_be_other else distinct,
                reason="; ".join(reasons) or None,
            )

        matching = _over(column, f"count_if({_within(column, wanted)})")
        return Compiled(
            expectation=expectation, measures=(_over(column, "count(*)"), matching), decide=decide
        )

    return compile_


def most_common(expectation: Expectation, column: Column) -> Compiled:
    """The most common value is one of the set.

    Of several that are as common the smallest and the largest are found, so that it is seen whether
    there are several; no list of them is observed, which could be as long as the column.
    """
    wanted = _values(expectation, column)
    ties_okay = bool(expectation.arguments.get("ties_okay"))
    value = exact(column, "k0")

    def decide(largest: Measured, smallest: Measured, most_in_set: Measured) -> Judgement:
        if not isinstance(largest, tuple) or not isinstance(smallest, tuple):
            return Judgement(state="fail", observed=(), reason="there is no value to compare")
        low, high = decode(column, smallest[1]), decode(column, largest[1])
        single = low == high or (low != low and high != high)  # noqa: PLR0124  # NaN
        held = (single or ties_okay) and most_in_set == largest[0]
        return Judgement(
            state="pass" if held else "fail",
            observed=(low,) if single else None,
            reason=None if held or single or ties_okay else "several values are the most common",
        )

    sqls = (
        f"max(struct(n, {value}))",
        f"min(struct(-n, {value}))",
        f"max(CASE WHEN {_within(column, wanted)} THEN n END)",
    )
    return Compiled(
        expectation=expectation, measures=tuple(_over(column, sql, None) for sql in sqls), decide=decide
    )


def _values(expectation: Expectation, column: Column) -> frozenset[Value]:
    """The set as values of the column; equal ones are one, as in Spark."""
    listed = expectation.arguments["value_set"]
    assert isinstance(listed, tuple), "contract.catalogue.faults_of comes first"
    found = (parsed(each, column) for each in listed)
    return frozenset(value for value in found if value is not None)


def _within(column: Column, values: Iterable[Value]) -> str:
    """SQL that is true where a group's value is one of these."""
    listed = ", ".join(sorted(map(literal, values)))
    is_float = column.datatype is not None and family_of(column.datatype) == "float"
    key = "(k0 + 0.0D)" if is_float else "k0"  # as in `rows.comparable`
    return f"{key} IN ({listed})" if listed else "false"


def _over(column: Column, sql: str, empty: Measured = 0) -> Grouped:
    """An aggregate over the distinct values; in the very pass of `uniqueness`, so with its predicate."""
    where = f"{identifier(column.name)} IS NOT NULL"
    return Grouped(columns=(column.name,), where=where, sql=sql, empty=empty)


RULES: Mapping[str, Compiler] = {
    "column_unique_value_count_to_be_between": of_column(count_between),
    "column_proportion_of_unique_values_to_be_between": of_column(proportion_between),
    "column_distinct_values_to_be_in_set": of_column(to_set(may_be_other=False, may_lack=True)),
    "column_distinct_values_to_contain_set": of_column(to_set(may_be_other=True, may_lack=False)),
    "column_distinct_values_to_equal_set": of_column(to_set(may_be_other=False, may_lack=False)),
    "column_most_common_value_to_be_in_set": of_column(most_common),
}
"""Compilers by type."""
