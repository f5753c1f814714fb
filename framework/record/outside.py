"""The record of what a command has published that is no run of a job: a rollback, a migration."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from framework.checks.verdict import Verdict
from framework.generation import Generation
from framework.interval import Interval
from framework.outcome import Outcome
from framework.record.ids import new_id
from framework.record.record import IntervalRecord, RunRecord


def build_record(
    published: Mapping[str, Sequence[Generation]],
    *,
    job: str,
    environment: str,
    run_id: str,
    reason: str,
    rows: Mapping[Interval, Mapping[str, int]],
    verdicts: Sequence[Verdict] = (),
) -> RunRecord:
    """`published`: the new generations, by dataset; `rows`: theirs, by interval and dataset."""
    numbers: dict[Interval, dict[str, int]] = {}
    for dataset, generations in published.items():
        for each in generations:
            numbers.setdefault(each.interval, {})[dataset] = each.number
    intervals = tuple(sorted(numbers))
    first, last = intervals[0], intervals[-1]
    moment = datetime.now(UTC)
    return RunRecord(
        run_id=run_id,
        invocation=new_id(),
        environment=environment,
        job=job,
        interval=Interval(start=first.start, end=last.end, grain=first.grain, zone=first.zone),
        outcome=Outcome.PUBLISHED,
        started=moment,
        ended=moment,
        intervals=tuple(
            IntervalRecord(
                interval=each, outcome=Outcome.PUBLISHED, generations=numbers[each], rows=rows.get(each, {})
            )
            for each in intervals
        ),
        verdicts=tuple(verdicts),
        reasons=(reason,),
    )
