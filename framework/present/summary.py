"""The end of a run: a line a job, then what went wrong, then what to do next."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from framework.environment.commands import in_environment
from framework.interval import Interval
from framework.outcome import Outcome, worst
from framework.present.faults import render_faults
from framework.present.findings import render_broken, render_counts
from framework.present.table import count, render_table
from framework.record.record import RunRecord


def render_heading(project: str, environment: str, intervals: Sequence[Interval]) -> str:
    """`flights · local · 2013-01-01 … 2013-01-31`; the last day is inclusive here."""
    timed = [interval for interval in intervals if not interval.is_whole]
    if not timed:
        return f"{project} · {environment} · whole tables"
    first = min(interval.first_day for interval in timed)
    last = max(interval.last_day for interval in timed)
    days = f"{first}" if first == last else f"{first} … {last}"
    return f"{project} · {environment} · {days}"


def render_summary(records: Sequence[RunRecord], *, seconds: float, data: str, spark_started: bool) -> str:
    """The table of a run and its closing line. `records` in the order in which they ended."""
    if records and all(record.outcome is Outcome.UNCHANGED for record in records):
        idle = "" if spark_started else " (Spark was not started)"
        return f"{_tally(records)} in {seconds:.1f} s{idle}"
    rows = [_row(job, list(parts)) for job, parts in groupby(records, key=lambda r: r.job)]
    lines = [render_table(rows)]
    faults = [fault for record in records for fault in record.faults]
    broken = list(render_broken(records))
    if broken:
        lines += ["", *broken]
    if faults:
        lines += ["", render_faults(tuple(dict.fromkeys(faults)))]
    lines += ["", f"{_tally(records)} in {seconds:.1f} s · {_next(records, data)}"]
    return "\n".join(lines)


def render_rows(rows: Mapping[str, int], *, quarantined: int = 0) -> str:
    """`26,310 rows, 173 quarantined`, or for several outputs `airlines 16, airports 1,458`."""
    split = [f"{quarantined:,} quarantined"] if quarantined else []
    if len(rows) == 1:
        return ", ".join([count(next(iter(rows.values())), "row"), *split])
    names = _short_names(tuple(rows))
    each = (f"{name} {number:,}" for name, number in zip(names, rows.values(), strict=True))
    return ", ".join([*each, *split])


def _short_names(datasets: tuple[str, ...]) -> tuple[str, ...]:
    """The last part of each name, else the first, whichever tells them apart; else the names."""
    for part in (-1, 0):
        short = tuple(dataset.split(".")[part] for dataset in datasets)
        if len(set(short)) == len(short):
            return short
    return datasets


def _row(job: str, records: Sequence[RunRecord]) -> list[str]:
    outcomes = [part.outcome for record in records for part in record.intervals]
    checks = render_counts([verdict for record in records for verdict in record.verdicts])
    return [job, _outcomes(outcomes), _rows(records), checks, _seconds(records)]


def _outcomes(outcomes: Sequence[Outcome]) -> str:
    kinds = [outcome for outcome in Outcome if outcome in outcomes]
    if len(kinds) == 1:
        return kinds[0].value
    return ", ".join(f"{outcomes.count(kind)} {kind.value}" for kind in kinds)


def _rows(records: Sequence[RunRecord]) -> str:
    total: dict[str, int] = {}
    quarantined = 0
    for record in records:
        for part in record.intervals:
            if part.outcome is Outcome.PUBLISHED:
                for dataset, rows in part.rows.items():
                    total[dataset] = total.get(dataset, 0) + rows
                quarantined += sum(part.quarantined.values())
    return render_rows(total, quarantined=quarantined) if total else ""


def _seconds(records: Sequence[RunRecord]) -> str:
    """How long any of them was at work: time that two shared counts once."""
    seconds = 0.0
    until = min(record.started for record in records)
    for record in sorted(records, key=lambda record: record.started):
        seconds += max(0.0, (record.ended - max(until, record.started)).total_seconds())
        until = max(until, record.ended)
    return f"{seconds:.1f} s" if seconds else ""


def _tally(records: Sequence[RunRecord]) -> str:
    jobs: dict[str, list[Outcome]] = {}
    for record in records:
        jobs.setdefault(record.job, []).append(record.outcome)
    ends = [worst(outcomes) for outcomes in jobs.values()]
    return ", ".join(f"{ends.count(kind)} {kind.value}" for kind in _ORDER if kind in ends)


def _next(records: Sequence[RunRecord], data: str) -> str:
    there = in_environment(records[0].environment) if records else ""
    bad = next((r for r in records if r.outcome.exit_code and r.verdicts), None)
    if bad is not None:
        return f"sparkjob show {bad.run_id}{there}"
    ended = next((r for r in reversed(records) if r.outcome is Outcome.PUBLISHED), None)
    shown = f" · sparkjob show {ended.job}{there}" if ended else ""
    return f"data in {data} · sparkjob status{there}{shown}"


_ORDER = (
    Outcome.PUBLISHED,
    Outcome.UNCHANGED,
    Outcome.REJECTED,
    Outcome.FAILED,
    Outcome.RETRY,
    Outcome.MISCONFIGURED,
    Outcome.BLOCKED,
)
