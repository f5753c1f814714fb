"""What a check found: a value with three states, of which only one lets data through."""

from dataclasses import dataclass
from typing import Literal

from framework.contract.types import ArgumentValue, Expectation, Severity
from framework.interval import Interval

State = Literal["pass", "fail", "unknown"]
Observed = ArgumentValue
"""What a rule looked at: numbers as they are, dates and decimals as text, several as tuples."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The result of one expectation on one interval of the staged rows of `dataset`.

    `observed`: what the rule looked at. `unexpected`: how many rows break it, of `considered` rows
    (those that are not missing); `quarantined` of them are not among the rows that are published.
    `filter`: a Spark SQL predicate that finds the failing rows. `reason`: why it is unknown.
    `builtin`: not declared by the job. No row values, unless a rule's own aggregate (a minimum, a
    maximum, the distinct values) is one.
    """

    dataset: str
    expectation: Expectation
    interval: Interval
    state: State
    observed: Observed = None
    unexpected: int | None = None
    considered: int | None = None
    quarantined: int | None = None
    filter: str | None = None
    reason: str | None = None
    builtin: bool = False

    @property
    def severity(self) -> Severity:
        """The expectation's severity."""
        return self.expectation.severity

    @property
    def stops(self) -> bool:
        """Whether this verdict keeps its interval from being published. Unknown never passes."""
        return self.severity == "critical" and self.state != "pass"
