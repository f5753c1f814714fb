"""What checks found, in words: a rule, how many rows, never a row."""

from collections.abc import Iterator, Sequence

from framework.checks.verdict import Verdict
from framework.present.table import count
from framework.record.record import RunRecord

_MARKS = {"fail": "✗", "unknown": "?", "pass": "✓"}
_MOST = 10
"""Rules named at the end of a run; `show` has all of them."""


def mark_of(verdict: Verdict) -> str:
    """`✗` for a broken rule, `?` for one that could not be computed, `!` for a warning."""
    return _MARKS[verdict.state] if verdict.severity == "critical" else "!"


def render_amount(verdict: Verdict) -> str:
    """`14 of 930 rows (1.5%)`, or what was observed, or why it is not known."""
    if verdict.reason:
        return verdict.reason
    if verdict.unexpected is None:
        return f"observed {verdict.observed}"
    share = f" ({verdict.unexpected / verdict.considered:.1%})" if verdict.considered else ""
    return f"{verdict.unexpected:,} of {verdict.considered or 0:,} rows{share}"


def render_broken(records: Sequence[RunRecord]) -> Iterator[str]:
    """A line for each rule that kept something from being published, with its first interval."""
    broken: dict[tuple[str, str, str], list[Verdict]] = {}
    for record in records:
        for verdict in record.verdicts:
            if verdict.stops:
                broken.setdefault((record.job, verdict.dataset, _rule(verdict)), []).append(verdict)
    for (job, dataset, rule), verdicts in list(broken.items())[:_MOST]:
        first, more = verdicts[0], len(verdicts) - 1
        others = f" and {count(more, 'more interval')}" if more else ""
        yield f"{job}  {mark_of(first)} {dataset}: {rule}  {render_amount(first)}   {first.interval}{others}"
    if len(broken) > _MOST:
        yield f"and {len(broken) - _MOST} more"


def _rule(verdict: Verdict) -> str:
    """The built-in rule of an interval names its bounds, which are not the rule."""
    expectation = verdict.expectation
    return expectation.type if expectation.type == "rows_in_interval" else str(expectation)
