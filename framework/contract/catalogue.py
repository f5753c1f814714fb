"""The rules that there are, as data; `checks.compile` has a way to evaluate each."""

from collections.abc import Mapping
from typing import get_args

from framework.contract.argument import Family
from framework.contract.misuse import close_to, find_misuse
from framework.contract.rule import Parameter, Rule
from framework.contract.schema import Schema
from framework.contract.types import Expectation
from framework.errors import Fault

_SCALARS: frozenset[Family] = frozenset(get_args(Family)) - {"nested"}
_COMPARED = _SCALARS - {"binary"}
_ORDERED = _COMPARED - {"boolean"}
_COLUMN = Parameter(name="column", kind="column", required=True)
_VALUE_SET = Parameter(name="value_set", kind="set", required=True)
_REGEX = Parameter(name="regex", kind="regex", required=True)

CATALOGUE: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            name="table_row_count_to_be_between",
            parameters=(
                Parameter(name="min_value", kind="count"),
                Parameter(name="max_value", kind="count"),
            ),
            level="aggregate",
            takes_mostly=False,
            bounds=("min_value", "max_value"),
        ),
        Rule(name="column_values_to_not_be_null", parameters=(_COLUMN,)),
        Rule(name="column_values_to_be_null", parameters=(_COLUMN,)),
        Rule(name="column_values_to_be_unique", parameters=(_COLUMN,), families=_SCALARS),
        Rule(
            name="compound_columns_to_be_unique",
            parameters=(Parameter(name="column_list", kind="columns", required=True),),
            families=_SCALARS,
        ),
        Rule(name="column_values_to_be_in_set", parameters=(_COLUMN, _VALUE_SET), families=_COMPARED),
        Rule(name="column_values_to_not_be_in_set", parameters=(_COLUMN, _VALUE_SET), families=_COMPARED),
        Rule(
            name="column_values_to_be_between",
            parameters=(
                _COLUMN,
                Parameter(name="min_value", kind="bound"),
                Parameter(name="max_value", kind="bound"),
                Parameter(name="strict_min", kind="flag"),
                Parameter(name="strict_max", kind="flag"),
            ),
            families=_ORDERED,
            bounds=("min_value", "max_value"),
        ),
        Rule(
            name="column_values_to_match_regex",
            parameters=(_COLUMN, _REGEX),
            families=frozenset({"string"}),
        ),
        Rule(
            name="column_values_to_not_match_regex",
            parameters=(_COLUMN, _REGEX),
            families=frozenset({"string"}),
        ),
    )
}
"""Every expectation that can be declared, by its type."""


def faults_of(expectation: Expectation, schema: Schema) -> list[Fault]:
    """Everything that is wrong with one expectation on an output of this schema; none: it compiles."""
    rule = CATALOGUE.get(expectation.type)
    if rule is None:
        hint = close_to(expectation.type.removeprefix("expect_"), CATALOGUE)
        hint = hint or f"Known: {', '.join(sorted(CATALOGUE))}"
        return [Fault(what=f'unknown expectation "{expectation.type}"', where=expectation.where, hint=hint)]
    return [
        Fault(what=f"{rule.name}: {what}", where=expectation.where, hint=hint)
        for what, hint in find_misuse(expectation, rule, schema)
    ]
