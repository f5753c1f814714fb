"""What is wrong with one use of a rule: its options, its arguments, the columns it looks at."""

from collections.abc import Iterator, Mapping
from typing import get_args

from framework.contract.argument import parse_argument
from framework.contract.compared import find_incomparable, find_pair_faults
from framework.contract.condition import find_condition_faults
from framework.contract.numbers import parse_number
from framework.contract.rule import Parameter, Rule
from framework.contract.schema import Column, Schema
from framework.contract.suggest import close_to, suggest
from framework.contract.types import ArgumentValue, Expectation, OnFail, Scope, Severity
from framework.contract.values import CHECKS, takes

Found = Iterator[tuple[str, str | None]]
"""What is wrong, and a hint."""

_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "severity": get_args(Severity),
    "on_fail": get_args(OnFail),
    "scope": get_args(Scope),
}


def find_misuse(expectation: Expectation, rule: Rule, schema: Schema) -> Found:
    """Everything that is wrong with this use of `rule` on an output of this schema."""
    arguments = expectation.arguments
    yield from _options(expectation, rule)
    yield from _names(arguments, rule)
    columns: list[Column | None] = []
    for parameter in rule.parameters:
        value = arguments.get(parameter.name)
        if parameter.kind in ("column", "columns") and value is not None:
            yield from _columns(parameter, value, rule, schema)
            named = value if isinstance(value, tuple) else (value,)
            columns += [schema.find(name) if isinstance(name, str) else None for name in named]
    if rule.compares:
        yield from find_incomparable(rule, [column for column in columns if column is not None])
    yield from _values(arguments, rule, columns, schema)


def _options(expectation: Expectation, rule: Rule) -> Found:
    for name, choices in _OPTIONS.items():
        value = getattr(expectation, name)
        if value not in choices:
            yield f"{name}={value!r} is not possible", f"One of {', '.join(choices)}"
    if expectation.scope == "table" and not rule.takes_table:
        hint = "It compares what this run makes; leave scope out"
        yield 'scope="table" has no meaning', hint
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
    if parameter.kind == "columns" and rule.level == "row" and len(names) == 1:
        yield f"{parameter.name} names one column", "Name at least two"
    for name in names:
        found = schema.find(name)
        if found is None:
            what = f'expectation on a column that the schema does not have: "{name}"'
            yield what, suggest(name, schema.names, kind="Columns")
        elif not takes(rule, found):
            yield f'cannot look at column "{name}" of type {found.type.upper()}', _taken(rule)


def _values(
    arguments: Mapping[str, ArgumentValue], rule: Rule, columns: list[Column | None], schema: Schema
) -> Found:
    column = columns[0] if len(columns) == 1 else None
    sound = True
    for parameter in rule.parameters:
        if parameter.name not in arguments:
            continue
        value = arguments[parameter.name]
        if parameter.kind == "condition":
            yield from find_condition_faults(value, schema)
        elif parameter.kind == "pairs" and len(columns) == 2:  # noqa: PLR2004  # of a pair
            yield from find_pair_faults(parameter, value, rule, columns)
        elif parameter.kind in CHECKS:
            for fault in CHECKS[parameter.kind](parameter, value, rule, column):
                sound = False
                yield fault
    if sound and rule.bounds and all(name in arguments for name in rule.bounds):
        yield from _crossed(arguments, rule, rule.bounds, column)


def _crossed(
    arguments: Mapping[str, ArgumentValue], rule: Rule, bounds: tuple[str, str], column: Column | None
) -> Found:
    lower, upper = (_parsed(arguments[name], name, rule, column) for name in bounds)
    if lower is not None and upper is not None and lower > upper:  # type: ignore[operator]  # of one type
        yield f"{bounds[0]} is greater than {bounds[1]}", None


def _parsed(value: ArgumentValue, name: str, rule: Rule, column: Column | None) -> object:
    if next(p.kind for p in rule.parameters if p.name == name) != "bound":
        return parse_number(value)
    if column is None or column.datatype is None or not takes(rule, column):
        return None
    return parse_argument(value, column.datatype)


def _taken(rule: Rule) -> str:
    return f"It takes: {', '.join(sorted(rule.families or ()))}"
