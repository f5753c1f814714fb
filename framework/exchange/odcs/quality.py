"""Quality rules of a data contract as expectations, and what none of them can say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from framework.contract.catalogue import CATALOGUE
from framework.contract.expect.declare import make_expectation
from framework.contract.suite import parse_configuration
from framework.contract.types import Expectation
from framework.environment.yaml import parse_yaml
from framework.errors import Where
from framework.exchange.odcs.limits import Limits, parse_limits
from framework.exchange.odcs.rules import GX_ENGINE, OPTIONS, OWN_ENGINE
from framework.exchange.odcs.tree import plain

ROW_COUNT = "table_row_count_to_be_between"
_ENGINES = frozenset({GX_ENGINE.lower(), "great-expectations", "great_expectations"})
_OF_TABLE = frozenset({"rowCount", "duplicateValues"})
_OF_PROPERTY = frozenset({"nullValues", "missingValues", "invalidValues", "duplicateValues"})
_WARNINGS = frozenset({"warning", "warn", "info", "minor", "low"})
"""Severities are free text; whatever else is there stops the publish."""

_VALID = {
    "validValues": ("column_values_to_be_in_set", "value_set"),
    "pattern": ("column_values_to_match_regex", "regex"),
}
"""Arguments of `invalidValues`, and the rules that have them as an argument."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """A part of a rule that was left out, or became something near."""

    what: str


Read = Iterator[Expectation | Note]


def parse_rule(rule: Mapping[str, object], column: str | None, where: Where) -> Read:
    """The expectations that `rule` stands for; `column`: the property that it is a rule of."""
    options = _options(rule)
    for found in _parse(rule, column, where):
        yield replace(found, where=where, **options) if isinstance(found, Expectation) else found  # type: ignore[arg-type]  # faults_of looks


def join_row_counts(found: list[Expectation]) -> list[Expectation]:
    """A lower and an upper bound of the rows, one behind the other, as the one expectation they are."""
    joined: list[Expectation] = []
    for each in found:
        before = joined[-1] if joined else None
        if (
            before is not None
            and before.type == each.type == ROW_COUNT
            and before.arguments.keys() == {"min_value"}
            and each.arguments.keys() == {"max_value"}
            and replace(before, arguments={}) == replace(each, arguments={})
        ):
            joined[-1] = replace(before, arguments={**before.arguments, **each.arguments})
        else:
            joined.append(each)
    return joined


def _options(rule: Mapping[str, object]) -> dict[str, object]:
    names = {camel: name for name, camel in OPTIONS.items()}
    custom = rule.get("customProperties")
    pairs = [each for each in custom if isinstance(each, Mapping)] if isinstance(custom, list) else []
    options = {names[str(p["property"])]: p.get("value") for p in pairs if p.get("property") in names}
    severity = rule.get("severity")
    if isinstance(severity, str) and severity.lower() in _WARNINGS:
        options["severity"] = "warning"
    return options


def _parse(rule: Mapping[str, object], column: str | None, where: Where) -> Read:
    type_ = rule.get("type") or "library"
    metric = rule.get("metric") or rule.get("rule")
    if type_ == "library":
        try:
            yield from _library(str(metric), rule, column, parse_limits(rule))
        except ValueError as error:
            yield Note(what=f"{metric}: {error}")
    elif type_ == "custom":
        yield from _custom(rule, column, where)
    elif type_ == "text":
        yield Note(what=f"a text is no check: {rule.get('description')}")
    else:
        yield Note(what=f"a rule of type {type_} is not taken over: {rule.get('query') or rule.get('name')}")


def _library(metric: str, rule: Mapping[str, object], column: str | None, limits: Limits) -> Read:
    given = rule.get("arguments")
    arguments: Mapping[str, object] = given if isinstance(given, Mapping) else {}
    if metric not in (_OF_TABLE if column is None else _OF_PROPERTY):
        raise ValueError(f"no metric of a {'table' if column is None else 'property'}")
    if metric == "rowCount":
        if "mustBeBetween" in rule:
            yield Note(what="rowCount: mustBeBetween leaves out both its ends, as the standard's text says")
        yield _row_count(limits)
    elif metric == "nullValues" and rule.get("unit") == "percent":
        yield from _null_share(str(column), limits)
    elif limits.most != 0 or (limits.least or 0) > 0:
        raise ValueError("only no such row at all can be asked for")
    elif metric == "nullValues":
        yield make_expectation("column_values_to_not_be_null", {"column": column})
    elif metric == "missingValues":
        yield from _missing(str(column), arguments)
    elif metric == "invalidValues":
        yield from _valid(str(column), arguments)
    else:
        yield _unique(column, arguments)


def _row_count(limits: Limits) -> Expectation:
    bounds = {"min_value": limits.least, "max_value": limits.most}
    if limits.least is not None and limits.least == limits.most and not limits.strict:
        return make_expectation("table_row_count_to_equal", {"value": limits.least})
    return make_expectation(ROW_COUNT, bounds)


def _null_share(column: str, limits: Limits) -> Read:
    if limits.upper is None or (limits.lower or 0) > 0:
        raise ValueError("only an upper bound can be asked for")
    mostly = limits.share_of_others
    if limits.strict:
        yield Note(
            what=f"nullValues: less than {limits.upper:g} percent became mostly={mostly:g}, at most that"
        )
    options = {} if mostly == 1 else {"mostly": mostly}
    yield make_expectation("column_values_to_not_be_null", {"column": column, **options})


def _missing(column: str, arguments: Mapping[str, object]) -> Read:
    values = arguments.get("missingValues")
    if not isinstance(values, list) or not values:
        raise ValueError("missingValues names no values")
    if None in values:
        yield make_expectation("column_values_to_not_be_null", {"column": column})
    if others := [value for value in values if value is not None]:
        yield make_expectation("column_values_to_not_be_in_set", {"column": column, "value_set": others})


def _valid(column: str, arguments: Mapping[str, object]) -> Read:
    if not arguments.keys() & {"validValues", "pattern"}:
        raise ValueError("neither validValues nor a pattern is given")
    for argument, (type_, name) in _VALID.items():
        if argument in arguments:
            yield make_expectation(type_, {"column": column, name: arguments[argument]})


def _unique(column: str | None, arguments: Mapping[str, object]) -> Expectation:
    if column is not None:
        return make_expectation("column_values_to_be_unique", {"column": column})
    columns = arguments.get("properties")
    if not isinstance(columns, list) or not columns:
        raise ValueError("duplicateValues of a table names no properties")
    return make_expectation("compound_columns_to_be_unique", {"column_list": columns})


def _custom(rule: Mapping[str, object], column: str | None, where: Where) -> Read:
    engine = str(rule.get("engine"))
    given = rule.get("implementation")
    if engine != OWN_ENGINE and engine.lower() not in _ENGINES:
        yield Note(what=f"a rule for the engine {engine} is not taken over")
        return
    if isinstance(given, str):
        node, faults = parse_yaml(given, where.file)
        if node is None or faults:
            yield Note(what=f"the implementation for {engine} is no map: {'; '.join(f.what for f in faults)}")
            return
        given = plain(node)
    if isinstance(given, Mapping) and column is not None:
        given = _with_column(given, column)
    expectation, faults = parse_configuration(given, where)
    for fault in faults:
        yield Note(what=fault.what if fault.hint is None else f"{fault.what} ({fault.hint})")
    if expectation is not None and expectation.type not in CATALOGUE:
        yield Note(what=f"{expectation.type} is no expectation of sparkjob")
    elif expectation is not None:
        yield expectation


def _with_column(given: Mapping[str, object], column: str) -> Mapping[str, object]:
    """A rule of a property may leave the column out."""
    rule = CATALOGUE.get(str(given.get("type")).removeprefix("expect_"))
    kwargs = given.get("kwargs") or {}
    if rule is None or not isinstance(kwargs, Mapping) or "column" in kwargs:
        return given
    if "column" not in [parameter.name for parameter in rule.parameters]:
        return given
    return {**given, "kwargs": {"column": column, **kwargs}}
