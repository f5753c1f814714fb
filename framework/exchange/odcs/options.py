"""Bounds that are part of a property's type: `logicalTypeOptions`, and the expectations that say the same."""

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from framework.contract.argument import family_of
from framework.contract.expect.declare import make_expectation
from framework.contract.frozen import Json
from framework.contract.schema import Column
from framework.contract.types import ArgumentValue, Expectation
from framework.exchange.suite import Document, options_of

BETWEEN = "column_values_to_be_between"
LENGTHS = "column_value_lengths_to_be_between"
REGEX = "column_values_to_match_regex"

_BOUNDS = {"min_value": ("strict_min", "minimum", "exclusiveMinimum")}
_BOUNDS["max_value"] = ("strict_max", "maximum", "exclusiveMaximum")
_LENGTHS = {"min_value": "minLength", "max_value": "maxLength"}
_DESCRIBING = frozenset({"format", "timezone", "defaultTimezone"})


def option_of(expectation: Expectation, column: Column) -> Document:
    """The options that say all that the expectation says; none when they cannot.

    An option holds for every row and has no severity: only critical rules of all rows become one.
    """
    plain = expectation.mostly == 1 and expectation.severity == "critical" and not options_of(expectation)
    if not plain or column.datatype is None:
        return {}
    arguments = expectation.arguments
    family = family_of(column.datatype)
    if expectation.type == LENGTHS and family == "string" and arguments.keys() <= {"column", *_LENGTHS}:
        return {_LENGTHS[name]: arguments[name] for name in _LENGTHS if name in arguments}
    if expectation.type != BETWEEN or arguments.keys() - {"column", *_BOUNDS, "strict_min", "strict_max"}:
        return {}
    made: Document = {}
    for name, (strict, inclusive, exclusive) in _BOUNDS.items():
        if name in arguments:
            bound = _bound(arguments[name], family)
            if bound is None:
                return {}
            made[exclusive if arguments.get(strict) else inclusive] = bound
        elif strict in arguments:
            return {}
    return made


def parse_options(column: str, options: Mapping[str, Json]) -> Iterator[Expectation | str]:
    """The expectations that options say, and the names of those that none says."""
    between: dict[str, object] = {"column": column}
    lengths: dict[str, object] = {"column": column}
    for name, (strict, inclusive, exclusive) in _BOUNDS.items():
        if exclusive in options:
            between |= {name: options[exclusive], strict: True}
        elif inclusive in options:
            between[name] = options[inclusive]
        if _LENGTHS[name] in options:
            lengths[name] = options[_LENGTHS[name]]
    if len(between) > 1:
        yield make_expectation(BETWEEN, between)
    if len(lengths) > 1:
        yield make_expectation(LENGTHS, lengths)
    if "pattern" in options:
        yield make_expectation(REGEX, {"column": column, "regex": options["pattern"]})
    known = {each for bounds in _BOUNDS.values() for each in bounds[1:]} | {*_LENGTHS.values(), "pattern"}
    yield from (name for name in options if name not in known | _DESCRIBING)


def _bound(value: ArgumentValue, family: str) -> str | int | float | None:
    """A bound as the standard has it: a number, or a date's text; None when it is not exactly that."""
    if family in ("date", "timestamp"):
        return value if isinstance(value, str) else None
    if family not in ("integer", "decimal", "float"):
        return None
    if isinstance(value, int | float):
        return None if isinstance(value, bool) or not math.isfinite(value) else value
    try:
        number = float(str(value))
        return number if Decimal(repr(number)) == Decimal(str(value)) else None
    except (InvalidOperation, ValueError):
        return None
