"""Expectations as a Great Expectations 1.x suite: the document that its `ExpectationSuite` takes."""

import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from framework.contract.argument import family_of
from framework.contract.catalogue import CATALOGUE
from framework.contract.frozen import Json, thaw
from framework.contract.schema import Schema
from framework.contract.suite import OPTIONS, OURS
from framework.contract.types import ArgumentValue, Expectation
from framework.errors import Fault
from framework.exchange.vocabulary import GX_TYPES, gx_type

Document = dict[str, object]


def build_suite(
    name: str, expectations: Sequence[Expectation], schema: Schema | None = None
) -> tuple[Document, tuple[Fault, ...]]:
    """The suite, in the order of the expectations, and a fault for each that the vocabulary does not have.

    `on_fail` and `scope` stand in `meta`, where Great Expectations leaves them alone and
    `contract.suite` finds them.
    """
    known = [each for each in expectations if each.type in GX_TYPES]
    unknown = tuple(
        Fault(what=f"{each}: Great Expectations has no such expectation", where=each.where)
        for each in expectations
        if each.type not in GX_TYPES
    )
    configurations = [build_configuration(each, schema) | _meta(each) for each in known]
    return {"name": name, "expectations": configurations, "meta": {}}, unknown


def build_configuration(expectation: Expectation, schema: Schema | None = None) -> Document:
    """`type`, `kwargs` and `severity` of one expectation. `schema` tells numbers from texts."""
    rule = CATALOGUE.get(expectation.type)
    kinds = {} if rule is None else {parameter.name: parameter.kind for parameter in rule.parameters}
    kwargs: dict[str, object] = {}
    for name, value in expectation.arguments.items():
        kind = kinds.get(name)
        if kind == "quantiles" and isinstance(value, tuple):
            kwargs[name] = {str(pair[0]): thaw(pair[1]) for pair in value if isinstance(pair, tuple)}
        elif kind == "json" and isinstance(value, str):
            kwargs[name] = json.loads(value)
        elif kind in ("bound", "number"):
            kwargs[name] = _number(value, expectation, schema)
        else:
            kwargs[name] = thaw(value)
        if kind == "condition":
            kwargs["condition_parser"] = "spark"
    if expectation.mostly != 1.0:
        kwargs["mostly"] = expectation.mostly
    return {"type": gx_type(expectation.type), "kwargs": kwargs, "severity": expectation.severity}


def render_suite(document: Document) -> str:
    """The suite's file: indented JSON, a line end at the end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def options_of(expectation: Expectation) -> dict[str, str]:
    """`on_fail` and `scope`, where they are not the default."""
    default = Expectation(type="", arguments={})
    values = {name: str(getattr(expectation, name)) for name in OPTIONS}
    return {name: value for name, value in values.items() if value != getattr(default, name)}


def _meta(expectation: Expectation) -> Document:
    options = options_of(expectation)
    return {"meta": {OURS: options} if options else {}}


def _number(value: ArgumentValue, expectation: Expectation, schema: Schema | None) -> Json:
    """A decimal's text as a number where a float says it exactly, so that others compare numbers."""
    name = expectation.arguments.get("column")
    column = schema.find(name) if schema is not None and isinstance(name, str) else None
    datatype = None if column is None else column.datatype
    if not isinstance(value, str) or datatype is None:
        return thaw(value)
    if family_of(datatype) not in ("integer", "decimal", "float"):
        return value
    try:
        exact = Decimal(value)
    except InvalidOperation:
        return value
    return float(value) if Decimal(repr(float(value))) == exact else value
