"""From an expectation's type to the way it is evaluated: one entry for each rule of the catalogue."""

from collections.abc import Callable, Mapping

from framework.checks import rows, tables, uniqueness
from framework.checks.compiled import Compiled
from framework.contract.schema import Schema
from framework.contract.types import ArgumentValue, Expectation

_COLUMN_RULES: Mapping[str, rows.Rule] = {
    "column_values_to_not_be_null": rows.not_null,
    "column_values_to_be_null": rows.null,
    "column_values_to_be_in_set": rows.in_set,
    "column_values_to_not_be_in_set": rows.not_in_set,
    "column_values_to_be_between": rows.between,
    "column_values_to_match_regex": rows.match_regex,
    "column_values_to_not_match_regex": rows.not_match_regex,
}


def _column(rule: rows.Rule) -> Callable[[Expectation, Schema], Compiled]:
    def compile_(expectation: Expectation, schema: Schema) -> Compiled:
        found = schema.find(str(expectation.arguments["column"]))
        assert found is not None, "contract.catalogue.faults_of comes first"
        return rule(expectation, found)

    return compile_


COMPILERS: Mapping[str, Callable[[Expectation, Schema], Compiled]] = {
    **{name: _column(rule) for name, rule in _COLUMN_RULES.items()},
    "column_values_to_be_unique": lambda e, _: uniqueness.unique(e, _names(e.arguments["column"])),
    "compound_columns_to_be_unique": lambda e, _: uniqueness.unique(e, _names(e.arguments["column_list"])),
    "table_row_count_to_be_between": lambda e, _: tables.row_count_between(e),
}
"""By type; the same names as `contract.catalogue.CATALOGUE`."""


def compile_expectation(expectation: Expectation, schema: Schema) -> Compiled:
    """How to evaluate an expectation in which `contract.catalogue.faults_of` found nothing wrong."""
    return COMPILERS[expectation.type](expectation, schema)


def _names(value: ArgumentValue) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, tuple) else (str(value),)
