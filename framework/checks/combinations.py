"""Rules about several columns of one row, each a predicate that finds the rows that break it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import combinations

from framework.checks.compiled import Compiled, Compiler
from framework.checks.domain import both
from framework.checks.missing import count_kept, kept_predicate, kept_rows
from framework.checks.rows import comparable, parsed, row_rule
from framework.checks.sql import literal
from framework.contract.argument import Family, Value, family_of
from framework.contract.datatype import identifier
from framework.contract.numbers import parse_number
from framework.contract.schema import Column, Schema
from framework.contract.types import Expectation, texts_of

ColumnsRule = Callable[[Expectation, tuple[Column, ...]], Compiled]


def a_greater_than_b(expectation: Expectation, columns: tuple[Column, ...]) -> Compiled:
    """Rows where B is greater are unexpected, and equal ones without `or_equal`; NULLs break nothing."""
    a, b = _identifiers(columns)
    operator = "<" if expectation.arguments.get("or_equal") else "<="
    return _rule(expectation, columns, f"{a} {operator} {b}", ignores=True)


def equal(expectation: Expectation, columns: tuple[Column, ...]) -> Compiled:
    """Rows where the columns differ are unexpected; NULL differs from every value and equals NULL."""
    first, *others = _identifiers(columns)
    same = " AND ".join(f"{first} <=> {other}" for other in others)
    return _rule(expectation, columns, f"NOT ({same})")


def distinct(expectation: Expectation, columns: tuple[Column, ...]) -> Compiled:
    """Rows where two of the columns are equal are unexpected; NULL equals NULL."""
    pairs = combinations(_identifiers(columns), 2)
    return _rule(expectation, columns, " OR ".join(f"{one} <=> {other}" for one, other in pairs))


def pair_in_set(expectation: Expectation, columns: tuple[Column, ...]) -> Compiled:
    """Rows whose two values are none of the pairs are unexpected."""
    first, second = columns
    wanted: dict[Value | None, dict[Value | None, None]] = {}
    pairs = expectation.arguments["value_pairs_set"]
    assert isinstance(pairs, tuple), "contract.catalogue.faults_of comes first"
    for pair in pairs:
        assert isinstance(pair, tuple), "contract.catalogue.faults_of comes first"
        wanted.setdefault(parsed(pair[0], first), {})[parsed(pair[1], second)] = None
    held = " OR ".join(
        f"({_is(first, (value,))} AND {_is(second, tuple(values))})" for value, values in wanted.items()
    )
    return _rule(expectation, columns, f"NOT ({held})")


def sum_equal(expectation: Expectation, columns: tuple[Column, ...]) -> Compiled:
    """Rows whose sum is another are unexpected; a NULL adds nothing.

    Whole numbers are added as decimals, so that nothing overflows. Exact columns are compared
    exactly with the digits that are written; a FLOAT or DOUBLE among them makes the sum one.
    """
    total = parse_number(expectation.arguments["sum_total"])
    exact = all(_family(column) != "float" for column in columns)
    if isinstance(total, float) and exact and abs(total) != float("inf"):
        total = Decimal(repr(total))
    if not exact:
        total = float(total)
    added = " + ".join(map(_summand, columns))
    return _rule(expectation, columns, f"{added} != {literal(total)}")


def _summand(column: Column) -> str:
    value = f"coalesce({identifier(column.name)}, 0)"
    return f"CAST({value} AS DECIMAL(20,0))" if _family(column) == "integer" else value


def _is(column: Column, values: tuple[Value | None, ...]) -> str:
    """SQL that is true where the column is one of the values, and false elsewhere; None is NULL."""
    name = identifier(column.name)
    present = ", ".join(literal(value) for value in values if value is not None)
    within = f"coalesce({comparable(column)} IN ({present}), false)" if present else "false"
    if None not in values:
        return within
    return f"({name} IS NULL OR {within})" if present else f"{name} IS NULL"


def _rule(
    expectation: Expectation, columns: tuple[Column, ...], broken: str, *, ignores: bool = False
) -> Compiled:
    """`broken` among the rows that are considered; `ignores`: it is never true where a value is missing."""
    names = tuple(column.name for column in columns)
    kept = kept_rows(expectation)
    predicate = broken if ignores else both(kept_predicate(names, kept), broken)
    return row_rule(expectation, predicate, considered=count_kept(names, kept))


def _identifiers(columns: tuple[Column, ...]) -> list[str]:
    return [identifier(column.name) for column in columns]


def _family(column: Column) -> Family:
    assert column.datatype is not None, "contract.validate comes first"
    return family_of(column.datatype)


def of_columns(rule: ColumnsRule, *arguments: str) -> Compiler:
    """A rule about the columns that these arguments name, in their order."""

    def compile_(expectation: Expectation, schema: Schema) -> Compiled:
        names = [name for argument in arguments for name in texts_of(expectation.arguments[argument])]
        columns = tuple(column for name in names if (column := schema.find(name)) is not None)
        assert len(columns) == len(names), "contract.catalogue.faults_of comes first"
        return rule(expectation, columns)

    return compile_


RULES: Mapping[str, Compiler] = {
    "column_pair_values_a_to_be_greater_than_b": of_columns(a_greater_than_b, "column_A", "column_B"),
    "column_pair_values_to_be_equal": of_columns(equal, "column_A", "column_B"),
    "column_pair_values_to_be_in_set": of_columns(pair_in_set, "column_A", "column_B"),
    "multicolumn_sum_to_equal": of_columns(sum_equal, "column_list"),
    "multicolumn_values_to_be_equal": of_columns(equal, "column_list"),
    "select_column_values_to_be_unique_within_record": of_columns(distinct, "column_list"),
}
"""Compilers by type."""
