"""Rules that are not compiled: Great Expectations itself says how the rows are looked at."""

import json
from collections.abc import Mapping

from framework.checks.compiled import Compiled, Compiler, Judgement
from framework.checks.measure import External, Measured
from framework.contract.catalogue import CATALOGUE
from framework.contract.expect.external import __all__ as EXTERNAL
from framework.contract.frozen import thaw
from framework.contract.schema import Schema
from framework.contract.types import ArgumentValue, Expectation

QUERY = "unexpected_rows_expectation"
"""The rule whose argument is a query over the rows."""


def judge_externally(expectation: Expectation) -> Compiled:
    """Its verdict on the rows of an interval, with the counts and the number that it observes."""
    kinds = {parameter.name: parameter.kind for parameter in CATALOGUE[expectation.type].parameters}
    arguments = {
        name: _given(value, kinds[name])
        for name, value in expectation.arguments.items()
        if kinds[name] != "condition"
    }
    if expectation.mostly != 1:
        arguments["mostly"] = expectation.mostly
    measure = External(type=expectation.type, arguments=json.dumps(arguments, sort_keys=True))
    return Compiled(expectation=expectation, measures=(measure,), decide=_decide)


def _given(value: ArgumentValue, kind: str) -> object:
    return json.loads(value) if kind == "json" and isinstance(value, str) else thaw(value)


def _decide(said: Measured) -> Judgement:
    assert isinstance(said, tuple), "as `External` has it"
    success, unexpected, considered, observed = said
    return Judgement(
        state="pass" if success is True else "fail",
        observed=observed,
        unexpected=unexpected,
        considered=considered,
    )


def _compile(expectation: Expectation, _schema: Schema) -> Compiled:
    return judge_externally(expectation)


RULES: Mapping[str, Compiler] = dict.fromkeys(EXTERNAL, _compile)
"""Compilers by type."""
