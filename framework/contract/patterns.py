"""Patterns as arguments of rules, as far as they are read without Spark: regular expressions, and LIKE's."""

import re
from collections.abc import Callable, Iterator, Mapping

from framework.contract.rule import Kind, Parameter, Rule
from framework.contract.schema import Column

Found = Iterator[tuple[str, str | None]]

_JAVA_ONLY = re.compile(r"\\[pP]\{|\(\?<[A-Za-z]|[*+?}]\+|\\[hHRXGzQEek]|\\x\{|\\c[A-Z]|\[\^?\[|&&")
_PYTHON_ONLY = re.compile(r"\(\?P[<=>]|\(\?\(|\(\?[a-zA-Z]*[aL][a-zA-Z]*[:)]")
_ESCAPED = re.compile(r"\\Q.*?(?:\\E|$)|\\.", re.DOTALL)
_JAVA_TAKES = ("look-behind requires fixed-width", "global flags not at the start")
"""Errors of Python's `re` about what Java's dialect has."""
_LIKE = re.compile(r"(?:[^\\]|\\[%_\\])*", re.DOTALL)


def _regex(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    r"""Tried with Python's `re`; what only Java's dialect has is taken as it is.

    That is `\p{…}`, possessive quantifiers, class intersections, `(?<name>…)`. What only Python's has
    (`(?P<name>…)`, conditional groups) is named.
    """
    if not isinstance(value, str):
        yield f"{parameter.name}={value!r} is no regular expression", None
        return
    python = _PYTHON_ONLY.search(_ESCAPED.sub("", value))
    if python is not None:
        yield (
            f"{parameter.name}={value!r} is no regular expression of Java's: {python.group()}",
            "A group is named (?<name>…)" if python.group().startswith("(?P") else "Java has no such group",
        )
        return
    if _JAVA_ONLY.search(value):
        return
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        if str(error).startswith(_JAVA_TAKES):
            return
        yield (
            f"{parameter.name}={value!r} is no regular expression: {error}",
            "Java's dialect, as Spark's RLIKE",
        )


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
