"""Arguments of expectations as values of a column's type: an ISO text as a date, a number as a decimal."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeGuard

from framework.contract.datatype import DataType, Primitive
from framework.contract.datatype import Decimal as DecimalType
from framework.contract.digits import MOST, digits_of

Family = Literal["integer", "decimal", "float", "string", "boolean", "date", "timestamp", "binary", "nested"]
Value = int | float | Decimal | str | bool | date | datetime

_FAMILIES: dict[str, Family] = {
    "boolean": "boolean",
    "tinyint": "integer",
    "smallint": "integer",
    "int": "integer",
    "bigint": "integer",
    "float": "float",
    "double": "float",
    "string": "string",
    "binary": "binary",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp_ntz": "timestamp",
}
_WANTED: dict[Family, str] = {
    "integer": "a number",
    "decimal": "a number, or a Decimal",
    "float": "a number",
    "string": "a text",
    "boolean": "True or False",
    "date": "a date, or its text like 2013-01-03",
    "timestamp": "a datetime, or its text like 2013-01-03T04:05:06Z",
    "binary": "nothing: binary values are not compared",
    "nested": "nothing: nested values are not compared",
}


def family_of(type_: DataType) -> Family:
    """The kind of values that a column of this type has."""
    if isinstance(type_, DecimalType):
        return "decimal"
    return _FAMILIES[type_.name] if isinstance(type_, Primitive) else "nested"


def parse_argument(argument: object, type_: DataType) -> Value:
    """`argument` as a value that a column of `type_` is compared with.

    Numbers for exact columns are int or Decimal (of the digits that the float prints), for
    inexact ones int or float. Timestamps are naive for `timestamp_ntz`, else aware in UTC; a text
    without an offset is UTC. Raises ValueError that says what was wanted.
    """
    family = family_of(type_)
    wanted = ValueError(_WANTED[family])
    match family:
        case "boolean" if isinstance(argument, bool):
            return argument
        case "string" if isinstance(argument, str):
            return argument
        case "integer" | "decimal" | "float" if _is_number(argument):
            return _number(argument, type_)
        case "decimal" if isinstance(argument, str):
            try:
                return _fitting(Decimal(argument), type_)
            except InvalidOperation:
                raise wanted from None
        case "date" if isinstance(argument, str):
            try:
                return date.fromisoformat(argument)
            except ValueError:
                raise wanted from None
        case "timestamp" if isinstance(argument, str):
            try:
                moment = datetime.fromisoformat(argument)
                aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            except (ValueError, OverflowError):  # Python's calendar has the years 1 to 9999
                raise wanted from None
            return aware.replace(tzinfo=None) if type_ == Primitive("timestamp_ntz") else aware
    raise wanted


def _is_number(argument: object) -> TypeGuard[int | float]:
    return isinstance(argument, int | float) and not isinstance(argument, bool)


def _number(argument: float, type_: DataType) -> int | float | Decimal:
    if isinstance(argument, int):
        _fitting(Decimal(argument), type_)
        return argument
    if math.isnan(argument):
        raise ValueError("a number that is not NaN")
    if family_of(type_) == "float":
        return argument
    return _fitting(Decimal(repr(argument)), type_)


def _fitting(value: Decimal, type_: DataType) -> Decimal:
    """A value that Spark compares exactly with the column: both fit one type of 38 digits."""
    if not value.is_finite():
        raise ValueError("a finite number")
    before, behind = digits_of(type_) or (0, 0)
    whole, _, fraction = format(value, "f").lstrip("-").partition(".")
    digits = max(before, len(whole)) + max(behind, len(fraction))
    if digits > MOST:
        raise ValueError(f"a number of fewer digits: {digits} are needed to compare it, {MOST} can be had")
    return value
