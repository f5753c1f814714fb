"""Checks, compiled, become verdicts: footers are asked first, Spark only for what they do not tell."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from framework.audit.relation import Relation, Scanned
from framework.audit.scan import scan
from framework.checks.compiled import Compiled, Judgement, judge
from framework.checks.discretion import discreet
from framework.checks.measure import AsOf, Earlier, Measure, Measured, Statistics, answer
from framework.checks.verdict import Verdict
from framework.interval import Interval

NOTHING: Mapping[Interval, Mapping[Measure, Measured]] = {}
"""No value is given."""


def evaluate(
    checks: Mapping[Interval, Sequence[Compiled]],
    statistics: Mapping[Interval, Statistics],
    relation: Callable[[], Relation],
    given: Mapping[Interval, Mapping[Measure, Measured]] = NOTHING,
) -> dict[Interval, list[Judgement]]:
    """What each check of each interval says, in their order.

    `statistics`: what footers say exactly, by interval; an interval may be missing. `given`: values
    that no rows tell. `relation` is called only when they do not answer everything. Raises as `scan` does.
    """
    known: dict[Interval, dict[Measure, Measured]] = {}
    wanted: dict[Interval, list[Measure]] = {}
    for interval, compiled in checks.items():
        known[interval], unknown = _ask_footers(compiled, statistics.get(interval))
        known[interval].update(given.get(interval, {}))
        if unknown:
            wanted[interval] = unknown
    scanned = scan(relation(), wanted, known) if wanted else Scanned()
    values = {interval: {**known[interval], **scanned.values.get(interval, {})} for interval in checks}
    return {
        interval: [judge(check, values[interval], scanned.reasons) for check in compiled]
        for interval, compiled in checks.items()
    }


def build_verdict(dataset: str, check: Compiled, interval: Interval, found: Judgement) -> Verdict:
    """A judgement as a verdict on an interval of a dataset, with nothing in it that may not be told."""
    found = discreet(found, check)
    return Verdict(
        dataset=dataset,
        expectation=check.expectation,
        interval=interval,
        state=found.state,
        observed=found.observed,
        unexpected=found.unexpected,
        considered=found.considered,
        reason=found.reason,
        filter=check.filter,
        builtin=check.builtin,
    )


def _ask_footers(
    checks: Iterable[Compiled], statistics: Statistics | None
) -> tuple[dict[Measure, Measured], list[Measure]]:
    known: dict[Measure, Measured] = {}
    unknown: dict[Measure, None] = {}
    for check in checks:
        for measure in check.measures:
            if isinstance(measure, AsOf | Earlier):
                continue  # it is given, or unknown
            told = None if statistics is None else answer(measure, statistics)
            if told is None:
                unknown[measure] = None
            else:
                known[measure] = told[0]
    return known, list(unknown)
