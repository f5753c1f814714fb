"""Rules about texts: what is found in them, how long they are."""

import operator
import re
from collections.abc import Callable, Mapping

from framework.checks.compiled import Compiled, Compiler
from framework.checks.measure import Measured, Proof
from framework.checks.rows import of_column, present, row_rule
from framework.checks.sql import literal
from framework.contract.datatype import identifier
from framework.contract.schema import Column
from framework.contract.types import Expectation, texts_of

ColumnRule = Callable[[Expectation, Column], Compiled]


def matches(function: str, argument: str, *, wanted: bool) -> ColumnRule:
    """Texts that match one of the patterns, or none; with `match_on="all"` each.

    Several patterns are several matches, not one of `a|b`: so a flag or a back reference of one
    pattern means nothing in another.
    """

    def rule(expectation: Expectation, column: Column) -> Compiled:
        name = identifier(column.name)
        patterns = texts_of(expectation.arguments[argument])
        matched = [f"{name} {function} {literal(pattern)}" for pattern in patterns]
        if function == "RLIKE" and not wanted and column.type == "string":
            matched = [
                _looked_for(name, pattern, match) for pattern, match in zip(patterns, matched, strict=True)
            ]
        every = wanted and expectation.arguments.get("match_on") == "all"
        found = (" AND " if every else " OR ").join(matched)
        return row_rule(expectation, f"NOT ({found})" if wanted else found, considered=present(column.name))

    return rule


def _looked_for(name: str, pattern: str, match: str) -> str:
    """The match; of a pattern that is plain text but for its ends, only where that text is there at all.

    Java's matcher takes twenty times as long. (Spark itself does so for LIKE, and not for RLIKE.)
    """
    plain = _PLAIN.fullmatch(pattern)
    return match if plain is None else f"(contains({name}, {literal(plain[1])}) AND {match})"


def length_between(expectation: Expectation, column: Column) -> Compiled:
    """Texts of fewer or more characters are unexpected."""
    arguments = expectation.arguments
    length = f"length({identifier(column.name)})"
    low, high = arguments.get("min_value"), arguments.get("max_value")
    below = operator.le if arguments.get("strict_min") else operator.lt
    above = operator.ge if arguments.get("strict_max") else operator.gt
    parts = []
    if low is not None:
        parts.append(f"{length} {_SIGNS[below]} {low}")
    if high is not None:
        parts.append(f"{length} {_SIGNS[above]} {high}")

    def holds(found: Measured) -> bool:
        assert isinstance(found, int), "a length is a number"
        return not (low is not None and below(found, low)) and not (high is not None and above(found, high))

    proof = Proof(of=length, holds=holds)
    return row_rule(expectation, " OR ".join(parts), considered=present(column.name), proof=proof)


def length_equal(expectation: Expectation, column: Column) -> Compiled:
    """Texts of another number of characters are unexpected."""
    length, value = f"length({identifier(column.name)})", expectation.arguments["value"]
    proof = Proof(of=length, holds=lambda found: found == value)
    return row_rule(expectation, f"{length} != {value}", considered=present(column.name), proof=proof)


_PLAIN = re.compile(r"\^?([A-Za-z0-9 _-]+)\$?")
_SIGNS = {operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">="}


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
