"""A check on some of the rows: those for which its `row_condition` is true, whatever the rule."""

from dataclasses import replace
from typing import assert_never

from framework.checks.compiled import Compiled
from framework.checks.measure import (
    Aggregate,
    AsOf,
    Derived,
    Earlier,
    External,
    Grouped,
    Measure,
    OfInput,
    Quantiles,
    Unmatched,
    silent,
)


def restrict(compiled: Compiled, condition: str) -> Compiled:
    """The same check on the rows of the condition: no other row is measured, counted or found.

    Where the condition is NULL the row is left out, as by WHERE. Footers know nothing of it. The
    text stands in brackets; `contract.condition` has seen that it cannot end them.
    """
    return replace(
        compiled,
        measures=tuple(_restricted(measure, condition) for measure in compiled.measures),
        filter=None if compiled.filter is None else both(condition, compiled.filter),
    )


def _restricted(measure: Measure, condition: str) -> Measure:
    match measure:
        case Aggregate():
            return _filtered(measure, condition)
        case Derived():
            of = tuple(_filtered(base, condition) for base in measure.of)
            return replace(measure, of=of, where=both(measure.where, condition))
        case Grouped() | Quantiles() | Unmatched() | External():
            return replace(measure, where=both(condition, measure.where))
        case OfInput() | Earlier() | AsOf():
            return measure  # the condition is about the output's columns
        case _:
            assert_never(measure)


def _filtered(measure: Aggregate, condition: str) -> Aggregate:
    counts = None if measure.counts is None else both(condition, measure.counts)
    return replace(measure, sql=f"{measure.sql} FILTER (WHERE {condition})", footer=silent, counts=counts)


def both(first: str, second: str) -> str:
    """A predicate that is true where both are."""
    if "true" in (first, second):
        return second if first == "true" else first
    return f"({first}) AND ({second})"
