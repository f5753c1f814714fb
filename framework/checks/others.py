"""Rules that compare an output with an input of the job."""

import math
from collections.abc import Mapping
from decimal import Decimal

from framework.checks.compiled import Compiled, Compiler, Judgement, judge_rows
from framework.checks.measure import ROWS, Aggregate, Measured, OfInput, Unmatched
from framework.checks.missing import count_kept
from framework.checks.rows import present
from framework.contract.datatype import identifier
from framework.contract.frozen import freeze
from framework.contract.reference import Reference, reference_of
from framework.contract.types import Expectation

_Number = int | float | Decimal


def exists_in(expectation: Expectation) -> Compiled:
    """Rows whose values are in no row of the input are unexpected; those with a NULL are missing."""
    reference = _reference(expectation)
    columns = reference.columns
    considered = present(columns[0]) if len(columns) == 1 else count_kept(columns, "all")
    unmatched = Unmatched(columns=columns, input=reference.input, input_columns=reference.input_columns)
    return Compiled(
        expectation=expectation,
        measures=(unmatched, considered),
        decide=judge_rows(expectation.mostly),
    )


def row_count_equals(expectation: Expectation) -> Compiled:
    """As many rows as the input has, give or take the tolerance."""
    theirs = OfInput(input=_reference(expectation).input, sql=ROWS.sql)
    return _equal(expectation, ROWS, theirs)


def sum_equals(expectation: Expectation) -> Compiled:
    """The sum of the column, in both."""
    reference = _reference(expectation)
    ours, theirs = (f"sum({identifier(name)})" for name in next(reference.pairs))
    return _equal(expectation, Aggregate(sql=ours), OfInput(input=reference.input, sql=theirs))


def _equal(expectation: Expectation, ours: Aggregate, theirs: OfInput) -> Compiled:
    tolerance = Decimal(str(expectation.arguments.get("tolerance", 0)))

    def decide(output: Measured, input_: Measured) -> Judgement:
        found, wanted = _number(output), _number(input_)
        observed = freeze({"output": found, "input": wanted})
        near = _is_near(found, wanted, tolerance)
        return Judgement(state="pass" if near else "fail", observed=observed)

    return Compiled(expectation=expectation, measures=(ours, theirs), decide=decide)


def _number(value: Measured) -> _Number:
    """A sum over nothing is 0."""
    assert value is None or isinstance(value, int | float | Decimal), "a count or a sum"
    return 0 if value is None else value


def _is_near(one: _Number, other: _Number, tolerance: Decimal) -> bool:
    if one == other:
        return True
    if not math.isfinite(one) or not math.isfinite(other):
        return False
    return abs(Decimal(one) - Decimal(other)) <= tolerance


def _reference(expectation: Expectation) -> Reference:
    found = reference_of(expectation)
    assert found is not None, "contract.catalogue.faults_of comes first"
    return found


RULES: Mapping[str, Compiler] = {
    "column_values_to_exist_in": lambda e, _: exists_in(e),
    "compound_columns_to_exist_in": lambda e, _: exists_in(e),
    "table_row_count_to_equal_input": lambda e, _: row_count_equals(e),
    "column_sum_to_equal_input_sum": lambda e, _: sum_equals(e),
}
"""Compilers by type."""
