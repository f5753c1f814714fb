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

    `is_input`: of the rows of `dataset` that the job was to read, before it did. `is_table`: of all rows of
    the table as it would be after the publish, not of the staged ones alone.

    `observed`: what the rule looked at. `unexpected`: how many rows break it, of `considered` rows
    (those that are not missing); `quarantined` of them are not among the rows that are published.
    `filter`: a Spark SQL predicate that finds the failing rows. `reason`: why it is unknown, or why
    nothing observed is told. `builtin`: not declared by the job. No row values, unless a rule's own
    aggregate (a minimum, a maximum) of a column that is not masked is one.
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
    is_input: bool = False
    is_table: bool = False

    @property
    def severity(self) -> Severity:
        """The expectation's severity."""
        return self.expectation.severity

    @property
    def fraction(self) -> float | None:
        """Unexpected rows as a fraction of those considered, 0 to 1; None when there are none."""
        return None if self.unexpected is None or not self.considered else self.unexpected / self.considered

    @property
    def is_noted(self) -> bool:
        """Whether a person should hear of it: it did not pass, or rows were split off by it."""
        return self.state != "pass" or bool(self.quarantined)

    def concerns(self, interval: Interval) -> bool:
        """Whether it is a verdict on this unit interval; one on the whole table may be on several."""
        return self.interval.overlaps(interval)

    @property
    def stops(self) -> bool:
        """Whether this verdict keeps its interval from being published. Unknown never passes.

        Rows that are all in quarantine are not published, and so stop nothing.
        """
        is_split_off = self.state == "fail" and self.quarantined is not None
        if is_split_off and self.quarantined == self.unexpected:
            return False
        return self.severity == "critical" and self.state != "pass"
