"""What is checked whatever is declared, as expectations like any other.

Types that Great Expectations does not have are `rows_in_interval` (the time column lies in the
interval, and is not NULL) and `rows_to_hold_constraint` (a CHECK or invariant of the table).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from framework.checks import rows
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Compiled
from framework.checks.measure import Statistics
from framework.checks.range import Range
from framework.contract.argument import Value
from framework.contract.datatype import identifier
from framework.contract.schema import Column, Schema
from framework.contract.types import ArgumentValue, Expectation, Output
from framework.interval import Interval


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """A CHECK constraint or invariant of the table, as SQL; NULL breaks it, as in Delta Lake."""

    name: str
    sql: str


def compile_builtin(
    output: Output, interval: Interval, constraints: Iterable[Constraint] = ()
) -> tuple[Compiled, ...]:
    """The built-in checks of one interval that look at rows (the columns are the footers' business)."""
    assert output.schema is not None, "contract.validate comes first"
    return tuple(replace(c, builtin=True) for c in _compiled(output, output.schema, interval, constraints))


def _compiled(
    output: Output, schema: Schema, interval: Interval, constraints: Iterable[Constraint]
) -> Iterator[Compiled]:
    required = {column.name for column in schema.columns if not column.nullable} | set(output.key)
    if output.time is not None and interval.is_whole:
        required.add(output.time)
    for column in schema.columns:
        if column.name in required:
            yield compile_expectation(_builtin("column_values_to_not_be_null", column=column.name), schema)
    if output.key:
        yield compile_expectation(_builtin("compound_columns_to_be_unique", column_list=output.key), schema)
    if output.time is not None and not interval.is_whole:
        time = schema.find(output.time)
        assert time is not None, "contract.validate comes first"
        yield _rows_in_interval(time, interval)
    for column in schema.columns:
        if column.name in output.partition_columns and column.type == "string":
            # A Delta reader cannot tell '' from NULL in a partition value.
            empty = _builtin("column_values_to_not_be_in_set", column=column.name, value_set=("",))
            yield compile_expectation(empty, schema)
    for constraint in constraints:
        expectation = _builtin("rows_to_hold_constraint", name=constraint.name, sql=constraint.sql)
        yield rows.row_rule(expectation, f"NOT coalesce(({constraint.sql}), false)")


def _rows_in_interval(time: Column, interval: Interval) -> Compiled:
    name = time.name
    lower, upper = time_bounds(time, interval)
    allowed = Range(lower=lower, upper=upper, strict_upper=True)

    def footer(statistics: Statistics) -> int | None:
        return allowed.outside(statistics, name) if statistics.nulls(name) == 0 else None

    expectation = _builtin("rows_in_interval", column=name, interval=interval.key)
    broken = f"{identifier(name)} IS NULL OR NOT ({allowed.predicate(name)})"
    return rows.row_rule(expectation, broken, footer=footer)


def time_bounds(time: Column, interval: Interval) -> tuple[Value, Value]:
    """The first value of an interval, and the first after it, in the type of the time column."""
    if time.type == "date":
        return interval.first_day, interval.last_day + timedelta(days=1)
    return interval.start, interval.end


def _builtin(type_: str, **arguments: ArgumentValue) -> Expectation:
    return Expectation(type=type_, arguments=arguments)
