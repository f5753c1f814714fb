"""An expectation made ready: what to measure, how to judge it, which rows broke it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from framework.checks.measure import Measure, Measured
from framework.checks.verdict import Observed, State
from framework.contract.schema import Schema
from framework.contract.types import Expectation


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the measures of one check say; the fields are those of `Verdict`."""

    state: State
    observed: Observed = None
    unexpected: int | None = None
    considered: int | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """One check on one interval. `decide` takes the values of `measures`, in their order.

    `filter`: a predicate for `DataFrame.where` that finds the rows that break it; None for rules
    that look at rows together. `builtin`: not declared by the job. `masked`: the columns that it is
    about and whose values are never told.
    """

    expectation: Expectation
    measures: tuple[Measure, ...]
    decide: Callable[..., Judgement]
    filter: str | None = None
    builtin: bool = False
    masked: tuple[str, ...] = ()


Compiler = Callable[[Expectation, Schema], Compiled]
"""Compiles one type of expectation on a schema; `contract.catalogue.faults_of` comes first."""


def judge(
    compiled: Compiled, values: Mapping[Measure, Measured], reasons: Mapping[Measure, str]
) -> Judgement:
    """Pass or fail when every measure is there; else unknown, with the reason why one is not."""
    for measure in compiled.measures:
        if measure not in values:
            return Judgement(state="unknown", reason=reasons.get(measure, "it was not measured"))
    return compiled.decide(*(values[measure] for measure in compiled.measures))


def judge_rows(mostly: float) -> Callable[[Measured, Measured], Judgement]:
    """Great Expectations' rule for rules over rows: no row considered passes, else the fraction decides."""

    def decide(unexpected: Measured, considered: Measured) -> Judgement:
        if not isinstance(unexpected, int) or not isinstance(considered, int) or unexpected > considered:
            return Judgement(state="unknown", reason=f"{unexpected} of {considered} rows makes no sense")
        holds = considered == 0 or (float(considered) - float(unexpected)) / float(considered) >= mostly
        return Judgement(state="pass" if holds else "fail", unexpected=unexpected, considered=considered)

    return decide
