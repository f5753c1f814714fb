"""Arguments of expectations as frozen data and as JSON."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from numbers import Integral

from framework.contract.types import ArgumentValue, Scalar

Json = str | int | float | bool | list["Json"] | None


def freeze(value: object) -> ArgumentValue:
    """Tuples for collections (a set by its text, a mapping as pairs), text for dates and decimals."""
    match value:
        case set() | frozenset():
            return tuple(sorted(map(freeze, value), key=lambda v: (type(v).__name__, str(v))))
        case Mapping():
            return tuple((str(name), freeze(each)) for name, each in value.items())
        case list() | tuple() | range():
            return tuple(map(freeze, value))
        case _:
            return _freeze_one(value)


def freeze_document(value: object) -> ArgumentValue:
    """A JSON document as its text, which tells an empty mapping from an empty list; a text as it is."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    except (TypeError, ValueError):
        return freeze(value)  # faults_of names what is no document


def _freeze_one(value: object) -> Scalar:
    match value:
        case datetime():
            return _instant(value).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return _plain(value)


def _plain(value: object) -> Scalar:
    """NumPy's numbers and members of an Enum, which write themselves otherwise, as what they stand for."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return str.__str__(value)
    return value  # type: ignore[return-value]  # faults_of names what is no argument


def _instant(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC) if value.tzinfo else value
    except OverflowError:  # beyond Python's calendar in UTC, which faults_of names
        return value


def thaw(value: ArgumentValue) -> Json:
    """A frozen argument as JSON has it; `freeze` takes it back."""
    return [thaw(each) for each in value] if isinstance(value, tuple) else value


def finite(value: ArgumentValue) -> ArgumentValue:
    """The same for JSON, which has no infinity and no NaN: their texts, `inf`, `-inf`, `nan`."""
    if isinstance(value, tuple):
        return tuple(map(finite, value))
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
