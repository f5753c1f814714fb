"""Patterns as arguments of rules, as far as they are read without Spark: regular expressions, and LIKE's."""

import re
from collections.abc import Callable, Iterator, Mapping

from framework.contract.regex import find_regex_fault
from framework.contract.rule import Kind, Parameter, Rule
from framework.contract.schema import Column

Found = Iterator[tuple[str, str | None]]

_LIKE = re.compile(r"(?:[^\\]|\\[%_\\])*", re.DOTALL)


def _regex(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    if not isinstance(value, str):
        yield f"{parameter.name}={value!r} is no regular expression", None
    elif (fault := find_regex_fault(value)) is not None:
        what, hint = fault
        yield f"{parameter.name}={value!r} is no regular expression: {what}", hint


def _like(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    if not isinstance(value, str):
        yield f"{parameter.name}={value!r} is no pattern of LIKE", None
    elif not _LIKE.fullmatch(value):
        hint = r"A backslash stands before %, _ or another backslash only"
        yield f"{parameter.name}={value!r} is no pattern of LIKE", hint


def _each(
    check: Callable[[Parameter, object, Rule, Column | None], Found],
) -> Callable[[Parameter, object, Rule, Column | None], Found]:
    def check_all(parameter: Parameter, value: object, rule: Rule, column: Column | None) -> Found:
        if not isinstance(value, tuple) or not value:
            yield f"{parameter.name}={value!r} is no list of patterns", "Give at least one"
            return
        for element in value:
            yield from check(parameter, element, rule, column)

    return check_all


CHECKS: Mapping[Kind, Callable[[Parameter, object, Rule, Column | None], Found]] = {
    "regex": _regex,
    "regexes": _each(_regex),
    "like": _like,
    "likes": _each(_like),
}
"""What is wrong with an argument of each of these kinds, with a hint."""
