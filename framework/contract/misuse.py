"""What is wrong with one use of a rule: its options, its arguments, the columns it looks at."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import get_args

from framework.contract.argument import family_of, parse_argument
from framework.contract.rule import Kind, Parameter, Rule
from framework.contract.schema import Column, Schema
from framework.contract.types import ArgumentValue, Expectation, OnFail, Scope, Severity

Found = Iterator[tuple[str, str | None]]
"""What is wrong, and a hint."""

_LATER = {
    ("on_fail", "quarantine"): "quarantine of rows comes later; leave on_fail out to reject",
    ("scope", "table"): "rules over the whole table come later; leave scope out to check the staged rows",
}
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "severity": get_args(Severity),
    "on_fail": get_args(OnFail),
    "scope": get_args(Scope),
}
_JAVA_ONLY = re.compile(r"\\[pP]\{|\(\?<[A-Za-z]|[*+?}]\+|\\[hHRXGzQE]|\[\^?\[|&&")


def find_misuse(expectation: Expectation, rule: Rule, schema: Schema) -> Found:
    r"""Everything that is wrong with this use of `rule` on an output of this schema.

    Regular expressions are tried with Python's `re`; those that use what only Java's dialect has
    (`\p{…}`, possessive quantifiers, class intersections, `(?<name>…)`) are taken as they are.
    """
    yield from _options(expectation, rule)
    yield from _names(expectation.arguments, rule)
    column: Column | None = None
    for parameter in rule.parameters:
        value = expectation.arguments.get(parameter.name)
        if parameter.kind in ("column", "columns") and value is not None:
            yield from _columns(parameter, value, rule, schema)
            if parameter.kind == "column" and isinstance(value, str):
                column = schema.find(value)
    yield from _values(expectation.arguments, rule, column)


def _options(expectation: Expectation, rule: Rule) -> Found:
    for name, choices in _OPTIONS.items():
        value = getattr(expectation, name)
        if value not in choices:
            yield f"{name}={value!r} is not possible", f"One of {', '.join(choices)}"
        elif (name, value) in _LATER:
            yield f"{name}={value!r} is not there yet", _LATER[name, value]
    mostly: object = expectation.mostly
    if isinstance(mostly, bool) or not isinstance(mostly, int | float) or not 0 <= mostly <= 1:
        yield f"mostly={mostly!r} is no fraction", "Write a number from 0 to 1"
    elif mostly != 1 and not rule.takes_mostly:
        yield "mostly is not taken", "The rule looks at all rows together"


def _names(arguments: Mapping[str, ArgumentValue], rule: Rule) -> Found:
    names = [p.name for p in rule.parameters]
    for name in arguments:
        if name not in names:
            yield f'unknown argument "{name}"', close_to(name, names) or f"Arguments: {', '.join(names)}"
    for parameter in rule.parameters:
        if parameter.required and parameter.name not in arguments:
            yield f'the argument "{parameter.name}" is missing', None
    if rule.bounds and not any(name in arguments for name in rule.bounds):
        yield f"neither {rule.bounds[0]} nor {rule.bounds[1]} is given", "Give at least one"


def _columns(parameter: Parameter, value: object, rule: Rule, schema: Schema) -> Found:
    names = value if parameter.kind == "columns" else (value,)
    if not isinstance(names, tuple) or not names or not all(isinstance(name, str) for name in names):
        wanted = "a column's name" if parameter.kind == "column" else "a list of column names"
        yield f"{parameter.name}={value!r} is not {wanted}", None
        return
    if len(set(names)) < len(names):
        yield f"{parameter.name} names a column twice", None
    for name in names:
        found = schema.find(name)
        if found is None:
            what = f'expectation on a column that the schema does not have: "{name}"'
            listed = f"Columns: {', '.join(schema.names)}"
            yield what, " ".join(filter(None, (close_to(name, schema.names), listed)))
        elif not _takes(rule, found):
            yield f'cannot look at column "{name}" of type {found.type.upper()}', _taken(rule)


def _values(arguments: Mapping[str, ArgumentValue], rule: Rule, column: Column | None) -> Found:
    sound = True
    for parameter in rule.parameters:
        if parameter.name in arguments and parameter.kind in _CHECKS:
            for fault in _CHECKS[parameter.kind](parameter, arguments[parameter.name], rule, column):
                sound = False
                yield fault
    if sound and rule.bounds and all(name in arguments for name in rule.bounds):
        yield from _crossed(arguments, rule.bounds, column)


def _set(parameter: Parameter, value: object, rule: Rule, column: Column | None) -> Found:
    if not isinstance(value, tuple):
        yield f"{parameter.name}={value!r} is no list of values", None
        return
    for element in value:
        yield from _fits(parameter, element, rule, column)


def _count(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        yield f"{parameter.name}={value!r} is no whole number from 0", None


def _flag(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    if not isinstance(value, bool):
        yield f"{parameter.name}={value!r} is neither True nor False", None


def _fits(parameter: Parameter, value: object, rule: Rule, column: Column | None) -> Found:
    if column is None or column.datatype is None or not _takes(rule, column):
        return
    try:
        parse_argument(value, column.datatype)
    except ValueError as error:
        yield (
            f'{parameter.name}: {value!r} does not fit column "{column.name}" of type {column.type.upper()}',
            f"Write {error}",
        )


def _regex(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    if not isinstance(value, str):
        yield f"{parameter.name}={value!r} is no regular expression", None
        return
    if _JAVA_ONLY.search(value):
        return
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        yield (
            f"{parameter.name}={value!r} is no regular expression: {error}",
            "Java's dialect, as Spark's RLIKE",
        )


def _crossed(arguments: Mapping[str, ArgumentValue], bounds: tuple[str, str], column: Column | None) -> Found:
    lower, upper = (_parsed(arguments[name], column) for name in bounds)
    if lower is not None and upper is not None and lower > upper:  # type: ignore[operator]  # of one type
        yield f"{bounds[0]} is greater than {bounds[1]}", None


def _parsed(value: ArgumentValue, column: Column | None) -> object:
    if column is None:
        return value if isinstance(value, int) else None
    return None if column.datatype is None else parse_argument(value, column.datatype)


def _takes(rule: Rule, column: Column) -> bool:
    if rule.families is None:
        return True
    datatype = column.datatype
    return datatype is not None and family_of(datatype) in rule.families


def _taken(rule: Rule) -> str:
    return f"It takes: {', '.join(sorted(rule.families or ()))}"


def close_to(name: str, names: Iterable[str]) -> str | None:
    """A did-you-mean for `name`; None when nothing is near."""
    close = get_close_matches(name, list(names), n=1)
    return f'did you mean "{close[0]}"?' if close else None


_CHECKS: Mapping[Kind, Callable[[Parameter, object, Rule, Column | None], Found]] = {
    "bound": _fits,
    "set": _set,
    "regex": _regex,
    "count": _count,
    "flag": _flag,
}
