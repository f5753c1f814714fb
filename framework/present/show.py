"""One run: its outcome, what its checks found, what it read, what to do next."""

from collections.abc import Iterator, Sequence

from framework.checks.verdict import Verdict
from framework.outcome import Outcome
from framework.present.faults import render_faults
from framework.present.findings import mark_of, render_amount
from framework.present.summary import render_rows
from framework.present.table import count
from framework.record.record import RunRecord


def render_show(record: RunRecord) -> str:
    """The record as text. No row values beyond a rule's own aggregate."""
    return "\n".join(_lines(record))


def _lines(record: RunRecord) -> Iterator[str]:
    yield f"{record.job} {record.interval} {record.outcome.value} · {_consequence(record)}"
    took = (record.ended - record.started).total_seconds()
    yield f"  run {record.run_id} · {record.started:%Y-%m-%d %H:%M:%S} UTC · {took:.1f} s"
    yield from _findings(record)
    yield from _ends(record)
    yield from _circumstances(record)
    if record.faults:
        yield render_faults(record.faults)
    if not record.outcome.is_current:
        yield f"Next: sparkjob run {record.job}{_again(record)}   after the fix"


def _circumstances(record: RunRecord) -> Iterator[str]:
    if record.reasons:
        yield f"why:   {'; '.join(record.reasons)}"
    if record.reads:
        yield f"input: {', '.join(_read(*read) for read in record.reads.items())}"
    if record.timings:
        yield f"time:  {', '.join(f'{step} {seconds:.1f} s' for step, seconds in record.timings.items())}"
    for warning in record.warnings:
        yield f"warning: {warning}"


def _read(dataset: str, version: str) -> str:
    """`flights.clean@14`, `source.flights (1 file)`."""
    return f"{dataset}{version}" if version.startswith("@") else f"{dataset} ({version})"


def _consequence(record: RunRecord) -> str:
    published = sum(part.outcome is Outcome.PUBLISHED for part in record.intervals)
    if record.outcome.is_current:
        return f"{count(published, 'interval')} published"
    kept = "nothing was published" if not published else f"{count(published, 'interval')} published"
    helps = "retrying may help" if record.outcome is Outcome.RETRY else "retrying will not help"
    return f"{kept} · exit {record.outcome.exit_code} ({helps})"


def _findings(record: RunRecord) -> Iterator[str]:
    verdicts = record.verdicts
    noted = [verdict for verdict in verdicts if verdict.state != "pass"]
    for verdict in noted:
        yield f"  {mark_of(verdict)} {verdict.dataset}: {verdict.expectation}  {_where(verdict)}"
        if verdict.filter:
            yield f'      df.where("{verdict.filter}")'
    for dataset in dict.fromkeys(verdict.dataset for verdict in noted if verdict.stops):
        yield f'  df = spark.read.parquet("{record.staged[dataset]}")   the staged rows'
    if verdicts:
        over = f" over {count(len(record.intervals), 'interval')}" if len(record.intervals) > 1 else ""
        yield f"  {len(verdicts) - len(noted)} of {count(len(verdicts), 'verdict')}{over} passed"


def _where(verdict: Verdict) -> str:
    return f"{render_amount(verdict)}   {verdict.interval}"


def _ends(record: RunRecord) -> Iterator[str]:
    """What was published as one line; each interval that was not, by itself."""
    published = [part for part in record.intervals if part.outcome is Outcome.PUBLISHED]
    for part in record.intervals:
        if part.outcome is not Outcome.PUBLISHED and len(record.intervals) > 1:
            yield f"  {part.interval}  {part.outcome.value}"
    if published:
        rows: dict[str, int] = {}
        numbers: dict[str, list[int]] = {}
        for part in published:
            for dataset, number in part.rows.items():
                rows[dataset] = rows.get(dataset, 0) + number
            for dataset, number in part.generations.items():
                numbers.setdefault(dataset, []).append(number)
        extent = "whole table" if record.interval.is_whole else count(len(published), "interval")
        made = ", ".join(f"{dataset}#{_span(found)}" for dataset, found in numbers.items())
        yield "  ".join(filter(None, (f"  {extent}", "published", render_rows(rows) if rows else "", made)))


def _span(numbers: Sequence[int]) -> str:
    """Generation numbers: `1`, or `1…3` when they differ."""
    return f"{min(numbers)}" if min(numbers) == max(numbers) else f"{min(numbers)}…{max(numbers)}"


def _again(record: RunRecord) -> str:
    return "" if record.interval.is_whole else f" --interval {record.interval}"
