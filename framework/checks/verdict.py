"""What a check found: a value with three states, of which only one lets data through."""

from dataclasses import dataclass
from typing import Literal

from framework.contract.types import Expectation, Severity
from framework.interval import Interval

State = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The result of one expectation on one interval of the staged rows of `dataset`.

    `observed`: the number or text that the rule looked at. `unexpected`: how many rows break it,
    of `considered` rows (those that are not missing). `filter`: a Spark SQL predicate that finds
    the failing rows. `reason`: why it is unknown. `builtin`: not declared by the job.
    No row values, unless a rule's own aggregate (a minimum, a maximum) is one.
    """

    dataset: str
    expectation: Expectation
    interval: Interval
    state: State
    observed: str | int | float | None = None
    unexpected: int | None = None
    considered: int | None = None
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
