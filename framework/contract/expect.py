"""`expect.<rule>(…)`: one function for each expectation, named as Great Expectations names it.

Parameters are those of Great Expectations 1.x (https://greatexpectations.io/expectations), with
`severity`, `on_fail` and `scope` beside them. Nothing here raises: `catalogue.faults_of` says
what is wrong, with the place of the call.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack

from framework.contract.types import ArgumentValue, Expectation, OnFail, Scalar, Scope, Severity, caller

Value = str | int | float | bool | Decimal | date | datetime
Bound = str | int | float | Decimal | date | datetime | None
_Function = TypeVar("_Function", bound=Callable[..., Expectation])


class Options(TypedDict, total=False):
    """What every rule takes: how bad a failure is, what becomes of the rows, what it looks at."""

    severity: Severity
    on_fail: OnFail
    scope: Scope


class RowOptions(Options, total=False):
    """What a rule about single rows takes: `mostly` is the fraction that must hold, 0 to 1."""

    mostly: float


def _rule(function: _Function) -> _Function:
    """Keep the place of the call; keep arguments that do not fit for `faults_of` to name."""
    signature = inspect.signature(function)
    names = [p.name for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]

    @wraps(function)
    def declare(*values: object, **named: object) -> Expectation:
        try:
            signature.bind(*values, **named)
        except TypeError:
            further = [f"argument {n + 1}" for n in range(len(names), len(values))]
            given = dict(zip([*names, *further], values, strict=False)) | named
            made = _make(function.__name__, {}, **given)
        else:
            made = function(*values, **named)
        return replace(made, where=caller())

    return declare  # type: ignore[return-value]  # same parameters, same result


@_rule
def table_row_count_to_be_between(
    min_value: int | None = None, max_value: int | None = None, **options: Unpack[Options]
) -> Expectation:
    """The number of rows lies in `min_value` … `max_value`, both inclusive; None is no bound."""
    return _make("table_row_count_to_be_between", options, min_value=min_value, max_value=max_value)


@_rule
def column_values_to_not_be_null(column: str, **options: Unpack[RowOptions]) -> Expectation:
    """No value of `column` is NULL."""
    return _make("column_values_to_not_be_null", options, column=column)


@_rule
def column_values_to_be_null(column: str, **options: Unpack[RowOptions]) -> Expectation:
    """Every value of `column` is NULL."""
    return _make("column_values_to_be_null", options, column=column)


@_rule
def column_values_to_be_unique(column: str, **options: Unpack[RowOptions]) -> Expectation:
    """No value of `column` comes twice. Every row of a value that does is unexpected; NULLs are missing."""
    return _make("column_values_to_be_unique", options, column=column)


@_rule
def compound_columns_to_be_unique(column_list: Sequence[str], **options: Unpack[RowOptions]) -> Expectation:
    """No combination of the columns comes twice. Rows where all of them are NULL are missing."""
    return _make("compound_columns_to_be_unique", options, column_list=column_list)


@_rule
def column_values_to_be_in_set(
    column: str, value_set: Iterable[Value], **options: Unpack[RowOptions]
) -> Expectation:
    """Every value of `column` equals one of `value_set`."""
    return _make("column_values_to_be_in_set", options, column=column, value_set=value_set)


@_rule
def column_values_to_not_be_in_set(
    column: str, value_set: Iterable[Value], **options: Unpack[RowOptions]
) -> Expectation:
    """No value of `column` equals one of `value_set`."""
    return _make("column_values_to_not_be_in_set", options, column=column, value_set=value_set)


@_rule
def column_values_to_be_between(
    column: str,
    min_value: Bound = None,
    max_value: Bound = None,
    *,
    strict_min: bool = False,
    strict_max: bool = False,
    **options: Unpack[RowOptions],
) -> Expectation:
    """Every value lies in `min_value` … `max_value`, inclusive unless strict. NaN is above any maximum."""
    return _make(
        "column_values_to_be_between",
        options,
        column=column,
        min_value=min_value,
        max_value=max_value,
        strict_min=strict_min or None,
        strict_max=strict_max or None,
    )


@_rule
def column_values_to_match_regex(column: str, regex: str, **options: Unpack[RowOptions]) -> Expectation:
    """`regex` (Java's dialect, as Spark's RLIKE) is found somewhere in every value of `column`."""
    return _make("column_values_to_match_regex", options, column=column, regex=regex)


@_rule
def column_values_to_not_match_regex(column: str, regex: str, **options: Unpack[RowOptions]) -> Expectation:
    """`regex` (Java's dialect, as Spark's RLIKE) is found nowhere in any value of `column`."""
    return _make("column_values_to_not_match_regex", options, column=column, regex=regex)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Expectation]:
        """An unknown rule becomes an expectation that validation names, with its place."""
        if name.startswith("_"):
            raise AttributeError(name)

        def declare(*values: object, **named: object) -> Expectation:
            positional = {f"argument {n + 1}": value for n, value in enumerate(values)}
            return replace(_make(name, {}, **positional, **named), where=caller())

        return declare


def _make(type_: str, options: Mapping[str, object], **arguments: object) -> Expectation:
    """The expectation; what is None is left out, so that a new optional parameter changes no fingerprint."""
    given = {**arguments, **options}
    settings = {name: given.pop(name) for name in RowOptions.__optional_keys__ if name in given}
    frozen = {name: _freeze(value) for name, value in given.items() if value is not None}
    return Expectation(type=type_, arguments=frozen, **settings)  # type: ignore[arg-type]


def _freeze(value: object) -> ArgumentValue:
    """Tuples for collections (a set in the order of its text), ISO text for dates, text for decimals."""
    match value:
        case set() | frozenset():
            return tuple(sorted(map(_freeze_one, value), key=lambda v: (type(v).__name__, str(v))))
        case list() | tuple() | range():
            return tuple(map(_freeze_one, value))
        case _:
            return _freeze_one(value)


def _freeze_one(value: object) -> Scalar:
    match value:
        case datetime():
            aware = value.astimezone(UTC) if value.tzinfo else value
            return aware.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value  # type: ignore[return-value]  # faults_of names what is no argument
