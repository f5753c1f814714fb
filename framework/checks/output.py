"""All checks of one output on one interval: the built-in ones, then the declared."""

from collections.abc import Collection, Iterable

from framework.checks.builtin import Constraint, compile_builtin
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Compiled
from framework.checks.scope import reads_table
from framework.contract.types import Expectation, Output
from framework.interval import Interval


def compile_checks(
    output: Output, interval: Interval, constraints: Iterable[Constraint] = ()
) -> tuple[Compiled, ...]:
    """All that the rows of the interval alone tell; `table_rules` are the others.

    A built-in check that is declared in the same words is the declared one.
    """
    assert output.schema is not None, "contract.validate comes first"
    return (
        *undeclared(output, interval, constraints),
        *(
            compile_expectation(rule, output.schema)
            for rule in output.expectations
            if not reads_table(rule, output, whole=interval.is_whole)
        ),
    )


def undeclared(
    output: Output, interval: Interval, constraints: Iterable[Constraint] = ()
) -> tuple[Compiled, ...]:
    """The built-in checks without those that are declared in the same words."""
    builtin = compile_builtin(output, interval, constraints)
    return tuple(check for check in builtin if check.expectation not in output.expectations)


def table_rules(output: Output, intervals: Collection[Interval]) -> tuple[Expectation, ...]:
    """The rules of an output that look at the table's other rows, when these intervals are published."""
    if not intervals:
        return ()
    whole = any(interval.is_whole for interval in intervals)
    return tuple(rule for rule in output.expectations if reads_table(rule, output, whole=whole))
