"""Expectations as quality rules: of the standard's library where it means the same, else for an engine.

The library counts rows: a share is a `percent` of all rows. So `mostly` is said of NULLs alone;
everywhere else it is a share of the rows that have a value.
"""

from collections.abc import Mapping
from decimal import Decimal

from framework.contract.frozen import thaw
from framework.contract.schema import Schema
from framework.contract.types import Expectation
from framework.exchange.odcs.limits import Limits
from framework.exchange.odcs.text import render_yaml
from framework.exchange.suite import Document, build_configuration, options_of
from framework.exchange.vocabulary import GX_TYPES

GX_ENGINE = "greatExpectations"
OWN_ENGINE = "sparkjob"
SEVERITIES: Mapping[str, str] = {"critical": "error", "warning": "warning"}
OPTIONS: Mapping[str, str] = {"on_fail": "onFail", "scope": "scope"}
"""Names of our options among a rule's `customProperties`, whose names are in camel case."""

_NONE_OF: Mapping[str, tuple[str, str | None, str | None]] = {
    "column_values_to_not_be_null": ("nullValues", None, None),
    "column_values_to_be_in_set": ("invalidValues", "value_set", "validValues"),
    "column_values_to_match_regex": ("invalidValues", "regex", "pattern"),
    "column_values_to_be_unique": ("duplicateValues", None, None),
    "compound_columns_to_be_unique": ("duplicateValues", "column_list", "properties"),
}
"""The metric that must be 0, our argument if there is one, and the metric's name for it."""
_ROW_COUNT = {"min_value": "mustBeGreaterOrEqualTo", "max_value": "mustBeLessOrEqualTo"}
"""Two rules, as each has one operator, and `mustBeBetween` leaves out its ends."""


def build_rules(expectation: Expectation, schema: Schema | None) -> list[Document]:
    """The rules, mostly one, that together say what the expectation says."""
    further: Document = {"severity": SEVERITIES[expectation.severity]}
    if options := options_of(expectation):
        further["customProperties"] = [
            {"property": OPTIONS[name], "value": value} for name, value in options.items()
        ]
    rules = _library(expectation) or [_custom(expectation, schema)]
    return [rule | further for rule in rules]


def _library(expectation: Expectation) -> list[Document]:
    given, mostly = dict(expectation.arguments), expectation.mostly
    names = tuple(sorted(given.keys() - {"column"}))
    if mostly != 1:
        share = _plain(100 - Decimal(repr(float(mostly))) * 100)
        exact = Limits(upper=share).share_of_others == mostly
        if expectation.type != "column_values_to_not_be_null" or names or not exact:
            return []
        return [{"metric": "nullValues", "mustBeLessOrEqualTo": share, "unit": "percent"}]
    if expectation.type == "table_row_count_to_be_between" and {*names} <= _ROW_COUNT.keys():
        return [{"metric": "rowCount", _ROW_COUNT[n]: given[n]} for n in _ROW_COUNT if n in given]
    if expectation.type == "table_row_count_to_equal" and names == ("value",):
        return [{"metric": "rowCount", "mustBe": given["value"]}]
    metric, name, argument = _NONE_OF.get(expectation.type, ("", None, None))
    if not metric or names != (() if name is None else (name,)):
        return []
    arguments: Document = {} if name is None else {"arguments": {argument: thaw(given[name])}}
    return [{"metric": metric, **arguments, "mustBe": 0}]


def _custom(expectation: Expectation, schema: Schema | None) -> Document:
    known = expectation.type in GX_TYPES
    configuration = build_configuration(expectation, schema)
    del configuration["severity"]
    if not known:
        configuration["type"] = expectation.type
    return {
        "type": "custom",
        "engine": GX_ENGINE if known else OWN_ENGINE,
        "implementation": render_yaml(configuration),
    }


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
