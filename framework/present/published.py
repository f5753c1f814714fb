"""What the rules of a published dataset say of it now."""

from collections.abc import Iterator, Sequence

from framework.checks.verdict import Verdict
from framework.interval import Interval
from framework.outcome import Outcome
from framework.plan.windows import span_of
from framework.present.findings import collect_findings
from framework.present.show import render_finding
from framework.present.table import count

_WORDS = {Outcome.REJECTED: "rules are broken", Outcome.FAILED: "rules could not be computed"}


def outcome_of(verdicts: Sequence[Verdict]) -> Outcome:
    """What a run would say of these verdicts: failed when one is unknown, rejected when one fails."""
    stopping = [verdict for verdict in verdicts if verdict.stops]
    if any(verdict.state == "unknown" for verdict in stopping):
        return Outcome.FAILED
    return Outcome.REJECTED if stopping else Outcome.UNCHANGED


def render_published(
    dataset: str, version: int | None, intervals: Sequence[Interval], verdicts: Sequence[Verdict]
) -> str:
    """The verdicts on one dataset as text, as `show` has those of a run."""
    return "\n".join(_lines(dataset, version, intervals, verdicts))


def _lines(
    dataset: str, version: int | None, intervals: Sequence[Interval], verdicts: Sequence[Verdict]
) -> Iterator[str]:
    named = dataset if version is None else f"{dataset}@{version}"
    several = len(intervals) > 1
    extent = f"{count(len(intervals), 'interval')} " if several else ""
    outcome = outcome_of(verdicts)
    end = f" · {_WORDS[outcome]} · exit {outcome.exit_code}" if outcome in _WORDS else ""
    yield f"{named} {extent}{span_of(tuple(intervals))}{end}"
    for finding in collect_findings(verdicts):
        yield from render_finding(finding, several=several)
    if not verdicts:
        yield "  no rule looks at it"
        return
    passed = sum(verdict.state == "pass" for verdict in verdicts)
    yield f"  {passed:,} of {count(len(verdicts), 'verdict')} passed"
