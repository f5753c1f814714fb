"""What checks found, in words: a rule over all its intervals, how many rows, never a row."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from framework.checks.verdict import Verdict
from framework.contract.types import ArgumentValue
from framework.interval import Interval
from framework.plan.windows import span_of
from framework.present.table import count
from framework.record.record import RunRecord

Subject = Literal["input", "staged", "table"]
"""What was looked at: an input before it was used, the staged rows, the table as it would be."""

_MARKS = {"fail": "✗", "unknown": "?"}
_MOST = 10
"""Rules named at the end of a run; `show` has all of them."""
_NAMED = 3
"""Intervals of a rule that are named one by one."""
_SHOWN = 5
"""Observed values of a rule that are listed."""
_LEAST = 0.1
"""Per cent."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Verdicts of one rule on one dataset that end the same way, each of another interval.

    `of`: of how many intervals the rule was looked at. `quarantined`: rows that it split off, in those
    intervals that nothing stopped; where something did, no row is in quarantine.
    """

    verdicts: tuple[Verdict, ...]
    of: int
    quarantined: int

    @property
    def first(self) -> Verdict:
        """The verdict of the earliest interval."""
        return self.verdicts[0]

    @property
    def mark(self) -> str:
        """`✗` for a broken rule, `?` for one that could not be computed, `!` for what stops nothing."""
        first = self.first
        return _MARKS[first.state] if first.stops else "!"

    @property
    def rule(self) -> str:
        """The rule. The built-in one of an interval names its bounds, which are not the rule."""
        rule = self.first.expectation
        return f"{rule.type}({rule.arguments['column']})" if rule.type == "rows_in_interval" else str(rule)


def subject_of(verdict: Verdict) -> Subject:
    """What a verdict is about."""
    if verdict.is_input:
        return "input"
    return "table" if verdict.is_table else "staged"


def collect_findings(verdicts: Iterable[Verdict]) -> list[Finding]:
    """What is to be told, inputs first: their faults come before those of what was made of them."""
    ends: dict[tuple[str, ...], list[Verdict]] = {}
    looked: dict[tuple[str, ...], int] = {}
    stopped: set[Interval] = set()
    for verdict in verdicts:
        if verdict.stops:
            stopped.add(verdict.interval)
        looked[_key(verdict)] = looked.get(_key(verdict), 0) + 1
        if verdict.is_noted:
            ends.setdefault((*_key(verdict), verdict.state, str(verdict.stops)), []).append(verdict)
    findings = [
        Finding(verdicts=tuple(found), of=looked[key[:-2]], quarantined=_quarantined(found, stopped))
        for key, found in ends.items()
    ]
    order = ("input", "staged", "table")
    return sorted(findings, key=lambda finding: order.index(subject_of(finding.first)))


def _quarantined(verdicts: Iterable[Verdict], stopped: Iterable[Interval]) -> int:
    kept = (each for each in verdicts if not any(each.concerns(interval) for interval in stopped))
    return sum(each.quarantined or 0 for each in kept)


def render_subject(verdict: Verdict) -> str:
    """`flights.clean`, `input flights.raw`, `flights.clean with what is published`."""
    match subject_of(verdict):
        case "input":
            return f"input {verdict.dataset}"
        case "table":
            return f"{verdict.dataset} with what is published"
        case _:
            return verdict.dataset


def render_amount(finding: Finding) -> str:
    """`14 of 930 rows (1.5 %)`, or what was observed, or why it is not known."""
    verdicts = finding.verdicts
    if finding.first.reason:
        return finding.first.reason
    if finding.first.unexpected is None:
        return _observed([verdict.observed for verdict in verdicts])
    if finding.first.expectation.type == "rows_in_interval" and len(verdicts) > 1:
        # Each interval counts the same rows, which belong to none of them.
        most = max(verdict.unexpected or 0 for verdict in verdicts)
        return f"{count(most, 'row')} in no interval of the run"
    unexpected = sum(verdict.unexpected or 0 for verdict in verdicts)
    considered = sum(verdict.considered or 0 for verdict in verdicts)
    text = f"{unexpected:,} of {count(considered, 'row')}"
    if considered:
        text += f" ({_percent(unexpected, considered)})"
    return f"{text}, {finding.quarantined:,} quarantined" if finding.quarantined else text


def render_when(finding: Finding) -> str:
    """`2013-02-08`, `2013-02-08, 2013-02-10`, or `28 of 31 intervals 2013-01-02/2013-02-01`."""
    intervals = [verdict.interval for verdict in finding.verdicts]
    if len(intervals) <= _NAMED:
        return ", ".join(map(str, intervals))
    every = "all" if len(intervals) == finding.of else f"{len(intervals)} of"
    return f"{every} {finding.of} intervals {span_of(tuple(sorted(intervals)))}"


def render_broken(records: Sequence[RunRecord]) -> Iterator[str]:
    """A line for each rule that kept something from being published, with its intervals."""
    verdicts: dict[str, list[Verdict]] = {}
    for record in records:
        verdicts.setdefault(record.job, []).extend(record.verdicts)
    broken = [(job, f) for job, found in verdicts.items() for f in collect_findings(found) if f.first.stops]
    for job, finding in broken[:_MOST]:
        where, amount = render_subject(finding.first), render_amount(finding)
        yield f"{job}  {finding.mark} {where}: {finding.rule}  {amount}   {render_when(finding)}"
    if len(broken) > _MOST:
        yield f"and {len(broken) - _MOST} more"


def render_counts(verdicts: Sequence[Verdict]) -> str:
    """`3 checks`, `1 of 3 checks`, `3 checks, 1 warning`: rules, each once; empty without verdicts."""
    if not verdicts:
        return ""
    checks = count(len({_key(verdict) for verdict in verdicts}), "check")
    broken = {_key(verdict) for verdict in verdicts if verdict.stops}
    warned = {_key(v) for v in verdicts if v.severity == "warning" and v.state != "pass"}
    if broken:
        return f"{len(broken)} of {checks}"
    return checks + (f", {count(len(warned), 'warning')}" if warned else "")


def _key(verdict: Verdict) -> tuple[str, ...]:
    """What is one rule over all intervals."""
    rule = verdict.expectation
    own = rule.arguments.get("column") if rule.type == "rows_in_interval" else sorted(rule.arguments.items())
    options = (rule.mostly, rule.severity, rule.on_fail, rule.scope)
    return (subject_of(verdict), verdict.dataset, rule.type, repr(own), repr(options))


def _percent(part: int, whole: int) -> str:
    """A share that is neither all nor nothing never looks so."""
    share = 100 * part / whole
    if 0 < share < _LEAST:
        return f"under {_LEAST} %"
    if 100 - _LEAST < share < 100:  # noqa: PLR2004  # per cent
        return f"over {100 - _LEAST} %"
    return f"{share:.1f} %"


def _observed(values: Sequence[ArgumentValue]) -> str:
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(values) == 1 or len(numbers) < len(values):
        return f"observed {_word(values[0])}"
    lowest, highest = min(numbers), max(numbers)
    return f"observed {_word(lowest)}" + ("" if lowest == highest else f" to {_word(highest)}")


def _word(value: ArgumentValue) -> str:
    match value:
        case tuple():
            more = f" and {len(value) - _SHOWN} more" if len(value) > _SHOWN else ""
            return ", ".join(map(_word, value[:_SHOWN])) + more
        case bool() | str():
            return str(value)
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.6g}"
        case None:
            return "nothing"
