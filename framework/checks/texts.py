"""Rules about texts: what is found in them, how long they are."""

from collections.abc import Callable, Mapping

from framework.checks.compiled import Compiled, Compiler
from framework.checks.rows import of_column, present, row_rule
from framework.checks.sql import literal
from framework.contract.datatype import identifier
from framework.contract.schema import Column
from framework.contract.types import ArgumentValue, Expectation

ColumnRule = Callable[[Expectation, Column], Compiled]


def matches(operator: str, argument: str, *, wanted: bool) -> ColumnRule:
    """Texts that match one of the patterns, or none; with `match_on="all"` each.

    Several patterns are several matches, not one of `a|b`: so a flag or a back reference of one
    pattern means nothing in another.
    """

    def rule(expectation: Expectation, column: Column) -> Compiled:
        name = identifier(column.name)
        patterns = _texts(expectation.arguments[argument])
        matched = [f"{name} {operator} {literal(pattern)}" for pattern in patterns]
        every = wanted and expectation.arguments.get("match_on") == "all"
        found = (" AND " if every else " OR ").join(matched)
        return row_rule(expectation, f"NOT ({found})" if wanted else found, considered=present(column.name))

    return rule


def length_between(expectation: Expectation, column: Column) -> Compiled:
    """Texts of fewer or more characters are unexpected."""
    arguments = expectation.arguments
    length = f"length({identifier(column.name)})"
    parts = []
    if arguments.get("min_value") is not None:
        parts.append(f"{length} {'<=' if arguments.get('strict_min') else '<'} {arguments['min_value']}")
    if arguments.get("max_value") is not None:
        parts.append(f"{length} {'>=' if arguments.get('strict_max') else '>'} {arguments['max_value']}")
    return row_rule(expectation, " OR ".join(parts), considered=present(column.name))


def length_equal(expectation: Expectation, column: Column) -> Compiled:
    """Texts of another number of characters are unexpected."""
    broken = f"length({identifier(column.name)}) != {expectation.arguments['value']}"
    return row_rule(expectation, broken, considered=present(column.name))


def _texts(value: ArgumentValue) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


RULES: Mapping[str, Compiler] = {
    name: of_column(rule)
    for name, rule in {
        "column_values_to_match_regex": matches("RLIKE", "regex", wanted=True),
        "column_values_to_not_match_regex": matches("RLIKE", "regex", wanted=False),
        "column_values_to_match_regex_list": matches("RLIKE", "regex_list", wanted=True),
        "column_values_to_not_match_regex_list": matches("RLIKE", "regex_list", wanted=False),
        "column_values_to_match_like_pattern": matches("LIKE", "like_pattern", wanted=True),
        "column_values_to_not_match_like_pattern": matches("LIKE", "like_pattern", wanted=False),
        "column_values_to_match_like_pattern_list": matches("LIKE", "like_pattern_list", wanted=True),
        "column_values_to_not_match_like_pattern_list": matches("LIKE", "like_pattern_list", wanted=False),
        "column_value_lengths_to_be_between": length_between,
        "column_value_lengths_to_equal": length_equal,
    }.items()
}
"""Compilers by type."""
