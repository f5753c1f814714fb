"""Rules about single rows: each is a predicate that finds the rows that break it.

A predicate is NULL or false for a row that holds or is missing, and true for one that does not.
NULLs are missing, so they leave `mostly`'s denominator, except in rules about NULL themselves.
"""

from collections.abc import Callable, Mapping

from framework.checks.compiled import Compiled, Compiler, judge_rows
from framework.checks.measure import ROWS, Aggregate, Footer, Proof, present_rows, silent
from framework.checks.range import Range
from framework.checks.sql import literal
from framework.contract.argument import Value, family_of, parse_argument
from framework.contract.datatype import identifier
from framework.contract.schema import Column, Schema
from framework.contract.types import ArgumentValue, Expectation

ColumnRule = Callable[[Expectation, Column], Compiled]


def row_rule(
    expectation: Expectation,
    broken: str,
    *,
    considered: Aggregate = ROWS,
    footer: Footer = silent,
    proof: Proof | None = None,
) -> Compiled:
    """A check that `broken` is true for no row, or for few enough of those that are considered."""
    return Compiled(
        expectation=expectation,
        measures=(
            Aggregate(sql=f"count_if({broken})", footer=footer, proof=proof, counts=broken),
            considered,
        ),
        decide=judge_rows(expectation.mostly),
        filter=broken,
    )


def present(column: str) -> Aggregate:
    """The number of rows where the column is not NULL."""
    name = identifier(column)
    return Aggregate(
        sql=f"count({name})", footer=lambda s: present_rows(s, column), counts=f"{name} IS NOT NULL"
    )


def not_null(expectation: Expectation, column: Column) -> Compiled:
    """NULLs are unexpected, of all rows."""
    name = column.name
    return row_rule(expectation, f"{identifier(name)} IS NULL", footer=lambda s: s.nulls(name))


def null(expectation: Expectation, column: Column) -> Compiled:
    """Values are unexpected, of all rows."""
    name = column.name
    return row_rule(expectation, f"{identifier(name)} IS NOT NULL", footer=lambda s: present_rows(s, name))


def in_set(expectation: Expectation, column: Column) -> Compiled:
    """Values that equal none of the set are unexpected; NaN equals NaN, as in Spark."""
    listed = _literals(expectation.arguments["value_set"], column)
    broken = f"{comparable(column)} NOT IN ({listed})" if listed else f"{identifier(column.name)} IS NOT NULL"
    return row_rule(expectation, broken, considered=present(column.name))


def not_in_set(expectation: Expectation, column: Column) -> Compiled:
    """Values that equal one of the set are unexpected."""
    listed = _literals(expectation.arguments["value_set"], column)
    broken = f"{comparable(column)} IN ({listed})" if listed else "false"
    return row_rule(expectation, broken, considered=present(column.name))


def between(expectation: Expectation, column: Column) -> Compiled:
    """Values outside the bounds are unexpected; NaN is greater than every maximum."""
    arguments = expectation.arguments
    allowed = Range(
        lower=parsed(arguments.get("min_value"), column),
        upper=parsed(arguments.get("max_value"), column),
        strict_lower=bool(arguments.get("strict_min")),
        strict_upper=bool(arguments.get("strict_max")),
    )
    return row_rule(
        expectation,
        f"NOT ({allowed.predicate(column.name)})",
        considered=present(column.name),
        footer=lambda statistics: allowed.outside(statistics, column.name),
        proof=allowed.proof(column),
    )


def comparable(column: Column) -> str:
    """The column for IN: Spark's hash set of more than ten doubles tells -0.0 from 0.0, `=` does not."""
    name = identifier(column.name)
    return f"({name} + 0.0D)" if column.datatype and family_of(column.datatype) == "float" else name


def _literals(values: ArgumentValue, column: Column) -> str:
    assert isinstance(values, tuple)
    wanted = (parsed(value, column) for value in values)
    return ", ".join(literal(value) for value in wanted if value is not None)


def parsed(argument: ArgumentValue, column: Column) -> Value | None:
    """An argument as a value of the column's type; None for None."""
    assert column.datatype is not None
    return None if argument is None else parse_argument(argument, column.datatype)


def of_column(rule: ColumnRule) -> Compiler:
    """A rule about the column that its argument `column` names."""

    def compile_(expectation: Expectation, schema: Schema) -> Compiled:
        found = schema.find(str(expectation.arguments["column"]))
        assert found is not None, "contract.catalogue.faults_of comes first"
        return rule(expectation, found)

    return compile_


RULES: Mapping[str, Compiler] = {
    "column_values_to_not_be_null": of_column(not_null),
    "column_values_to_be_null": of_column(null),
    "column_values_to_be_in_set": of_column(in_set),
    "column_values_to_not_be_in_set": of_column(not_in_set),
    "column_values_to_be_between": of_column(between),
}
"""Compilers by type."""
