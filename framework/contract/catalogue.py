"""The rules that there are, as data; `checks.compile` has a way to evaluate each."""

from collections.abc import Mapping

from framework.contract import expect
from framework.contract.expect.declare import ATTRIBUTE
from framework.contract.misuse import find_misuse
from framework.contract.rule import Rule
from framework.contract.schema import Schema
from framework.contract.suggest import close_to
from framework.contract.types import Expectation, texts_of
from framework.errors import Fault

CATALOGUE: Mapping[str, Rule] = {name: getattr(getattr(expect, name), ATTRIBUTE) for name in expect.__all__}
"""Every expectation that can be declared, by its type."""


def columns_of(expectation: Expectation) -> tuple[str, ...]:
    """The columns that a rule names as its own, in its order (built-in rules too)."""
    rule = CATALOGUE.get(expectation.type)
    kinds = {} if rule is None else {p.name: p.kind for p in rule.parameters}
    return tuple(
        name
        for argument, value in expectation.arguments.items()
        if kinds.get(argument, argument) in ("column", "columns")
        for name in texts_of(value)
    )


def faults_of(expectation: Expectation, schema: Schema) -> list[Fault]:
    """Everything that is wrong with one expectation on an output of this schema; none: it compiles."""
    rule = CATALOGUE.get(expectation.type)
    if rule is None:
        hint = close_to(expectation.type.removeprefix("expect_"), CATALOGUE)
        hint = hint or f"Known: {', '.join(sorted(CATALOGUE))}"
        return [Fault(what=f'unknown expectation "{expectation.type}"', where=expectation.where, hint=hint)]
    return [
        Fault(what=f"{rule.name}: {what}", where=expectation.where, hint=hint)
        for what, hint in find_misuse(expectation, rule, schema)
    ]
