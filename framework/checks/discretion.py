"""What of a rule's observation may be told: never a value of a masked column, no list of row values."""

from dataclasses import replace

from framework.checks.compiled import Compiled, Judgement
from framework.contract.catalogue import CATALOGUE, columns_of
from framework.contract.schema import Schema
from framework.contract.types import Expectation


def masked_columns(expectation: Expectation, schema: Schema) -> tuple[str, ...]:
    """Those of its columns whose values are never told."""
    masked = {column.name for column in schema.columns if column.masked}
    return tuple(name for name in columns_of(expectation) if name in masked)


def discreet(judgement: Judgement, check: Compiled) -> Judgement:
    """The judgement without what may not be told.

    Nothing observed on a masked column stays; of several values of a column (the distinct ones, the
    most common) only how many they are, as the text `16 values`.
    """
    if judgement.observed is None:
        return judgement
    if check.masked:
        reason = judgement.reason or f"what was observed is not told: {', '.join(check.masked)} masked"
        return replace(judgement, observed=None, reason=reason)
    if isinstance(judgement.observed, tuple) and _observes_values(check.expectation):
        number = len(judgement.observed)
        return replace(judgement, observed=f"{number:,} value{'' if number == 1 else 's'}")
    return judgement


def _observes_values(expectation: Expectation) -> bool:
    """Whether what the rule observes are values as they stand in rows: those that it compares with a set."""
    rule = CATALOGUE.get(expectation.type)
    return (
        rule is not None and rule.level != "row" and any(p.kind in ("set", "pairs") for p in rule.parameters)
    )
