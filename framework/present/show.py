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
    yield from _findings(record.verdicts)
    for part in record.intervals:
        if part.generations:
            numbers = ", ".join(f"{dataset}#{number}" for dataset, number in part.generations.items())
            yield f"  {part.interval}  {part.outcome.value}  {render_rows(part.rows)}  {numbers}"
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


def _findings(verdicts: Sequence[Verdict]) -> Iterator[str]:
    noted = [verdict for verdict in verdicts if verdict.state != "pass"]
    for verdict in noted:
        yield from _finding(verdict)
    if verdicts:
        yield f"  {len(verdicts) - len(noted)} passed"


def _finding(verdict: Verdict) -> Iterator[str]:
    rule = f"{mark_of(verdict)} {verdict.expectation}"
    yield f"  {rule}  {render_amount(verdict)}   {verdict.interval}".rstrip()
    if verdict.filter:
        yield f'      df.where("{verdict.filter}")'


def _again(record: RunRecord) -> str:
    return "" if record.interval.is_whole else f" --interval {record.interval}"
