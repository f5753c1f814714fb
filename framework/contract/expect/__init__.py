"""`expect.<rule>(…)`: one function for each expectation, named as Great Expectations names it.

Parameters are those of Great Expectations 1.x (https://greatexpectations.io/expectations), with
`severity`, `on_fail` and `scope` beside them. Nothing here raises: `catalogue.faults_of` says
what is wrong, with the place of the call.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from framework.contract.expect.columns import (
    column_values_to_be_between,
    column_values_to_be_in_set,
    column_values_to_be_null,
    column_values_to_be_unique,
    column_values_to_match_regex,
    column_values_to_not_be_in_set,
    column_values_to_not_be_null,
    column_values_to_not_match_regex,
)
from framework.contract.expect.combinations import compound_columns_to_be_unique
from framework.contract.expect.declare import make_expectation
from framework.contract.expect.tables import table_row_count_to_be_between
from framework.contract.types import SUITE, Expectation, caller

__all__ = [
    "column_values_to_be_between",
    "column_values_to_be_in_set",
    "column_values_to_be_null",
    "column_values_to_be_unique",
    "column_values_to_match_regex",
    "column_values_to_not_be_in_set",
    "column_values_to_not_be_null",
    "column_values_to_not_match_regex",
    "compound_columns_to_be_unique",
    "table_row_count_to_be_between",
]


def suite(file: str) -> Expectation:
    """All expectations of a Great Expectations 1.x suite, a JSON file beside the job file.

    `Output(expectations=…)` takes the file's name alone, too. They are there once the project is loaded.
    """
    return replace(make_expectation(SUITE, {"file": file}), where=caller())


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Expectation]:
        """An unknown rule becomes an expectation that validation names, with its place."""
        if name.startswith("_"):
            raise AttributeError(name)

        def declare(*values: object, **named: object) -> Expectation:
            positional = {f"argument {n + 1}": value for n, value in enumerate(values)}
            return replace(make_expectation(name, positional | named), where=caller())

        return declare
