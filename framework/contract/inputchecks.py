"""What is wrong with rules on an input, of which the columns may not be known before it is read."""

from collections.abc import Iterator

from framework.contract.argument import Family
from framework.contract.catalogue import columns_of, faults_of
from framework.contract.reference import reference_of
from framework.contract.schema import Column, Schema
from framework.contract.types import Expectation, Input
from framework.errors import Fault

_CHANGE = "table_row_count_change_to_be_between"
"""Compares with what the same table held before."""
_TYPES: dict[Family, str] = {
    "integer": "bigint",
    "decimal": "decimal(38,18)",
    "float": "double",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "binary": "binary",
    "nested": "array<int>",
}
"""A type of each family."""


def input_faults(declared: Input, schema: Schema | None) -> list[Fault]:
    """Everything that is wrong with the expectations of one input, each with its place.

    `schema`: the columns that the job reads of it; None when nobody has said them. What is a fault
    whatever the columns are is found all the same.
    """
    faults: list[Fault] = []
    for expectation in declared.expectations:
        where = expectation.where or declared.where
        faults += [
            Fault(what=f"{expectation.type}: {what}", where=where, hint=hint)
            for what, hint in _out_of_place(expectation)
        ]
        found = faults_of(expectation, schema) if schema is not None else _always(expectation)
        faults += [Fault(what=each.what, where=where, hint=each.hint) for each in found]
    return faults


def _out_of_place(expectation: Expectation) -> Iterator[tuple[str, str | None]]:
    if expectation.on_fail == "quarantine":
        hint = "Split rows off where they are made, or on an output of this job"
        yield 'on_fail="quarantine" on an input', hint
    if expectation.scope == "table":
        yield 'scope="table" on an input', "Leave scope out: what the job reads is looked at"
    if reference_of(expectation) is not None or expectation.type == _CHANGE:
        yield "the rule compares an output, and this is an input", "Put it on an output of this job"


def _always(expectation: Expectation) -> list[Fault]:
    """The faults that there are whatever types the columns have that the rule names."""
    names = dict.fromkeys(columns_of(expectation))
    found = [
        faults_of(expectation, Schema(tuple(Column(name=name, type=type_) for name in names)))
        for type_ in _TYPES.values()
    ]
    return [fault for fault in found[0] if all(fault in others for others in found)]
