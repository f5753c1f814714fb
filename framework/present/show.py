"""One run: its outcome, what its checks found, what it read, what to do next."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from framework.environment.commands import for_interval, in_environment
from framework.outcome import Outcome
from framework.plan.windows import span_of
from framework.present.faults import render_faults
from framework.present.findings import (
    Finding,
    collect_findings,
    render_amount,
    render_subject,
    render_when,
    subject_of,
)
from framework.present.history import render_files
from framework.present.literal import quote
from framework.present.summary import render_rows
from framework.present.table import count
from framework.record.record import RunRecord


def render_show(record: RunRecord, *, passed: int = 0) -> str:
    """The record as text. No row values beyond a rule's own aggregate of columns that are not masked.

    `passed`: how many verdicts passed of which the record, read from a result, says no more.
    """
    return "\n".join(_lines(record, passed))


def _lines(record: RunRecord, passed: int) -> Iterator[str]:
    yield f"{record.job} {record.interval} {record.outcome.value} · {_consequence(record)}"
    took = (record.ended - record.started).total_seconds()
    yield f"  run {record.run_id} · {record.started:%Y-%m-%d %H:%M:%S} UTC · {took:.1f} s"
    yield from _findings(record, passed)
    yield from _ends(record)
    yield from _circumstances(record)
    if record.faults:
        yield render_faults(record.faults)
    yield from _next(record)


def _circumstances(record: RunRecord) -> Iterator[str]:
    if record.reasons:
        yield f"why:   {'; '.join(record.reasons)}"
    if record.reads:
        yield f"input: {', '.join(_read(*read) for read in record.reads.items())}"
    if record.written:
        written = (f"{name} {render_files(of.files, of.size)}" for name, of in record.written.items())
        yield f"files: {' · '.join(written)}"
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


def _findings(record: RunRecord, passed: int) -> Iterator[str]:
    findings = collect_findings(record.verdicts)
    for finding in findings:
        yield from render_finding(finding, several=len(record.intervals) > 1)
    for dataset in dict.fromkeys(f.first.dataset for f in findings if _can_be_looked_at(f, record)):
        yield f'  df = spark.read.parquet("{record.staged[dataset]}")   the staged rows'
    total = passed + len(record.verdicts)
    if total:
        passed += sum(verdict.state == "pass" for verdict in record.verdicts)
        over = f" over {count(len(record.intervals), 'interval')}" if len(record.intervals) > 1 else ""
        yield f"  {passed:,} of {count(total, 'verdict')}{over} passed"


def render_finding(finding: Finding, *, several: bool) -> Iterator[str]:
    """A rule that is to be told, and how to find the rows; `several`: of which intervals."""
    when = f"   {render_when(finding)}" if several else ""
    subject = render_subject(finding.first)
    yield f"  {finding.mark} {subject}: {finding.rule}  {render_amount(finding)}{when}"
    if finding.first.filter and finding.first.state != "unknown":
        yield f"      df.where({quote(finding.first.filter)})"
        if any(verdict.filter != finding.first.filter for verdict in finding.verdicts):
            yield f"      of {finding.first.interval}; those of the other intervals have bounds of their own"


def _can_be_looked_at(finding: Finding, record: RunRecord) -> bool:
    first = finding.first
    return subject_of(first) == "staged" and first.stops and first.dataset in record.staged


def _next(record: RunRecord) -> Iterator[str]:
    findings = collect_findings(record.verdicts)
    steps = []
    there = in_environment(record.environment)
    if any(_can_be_looked_at(finding, record) and finding.first.unexpected for finding in findings):
        steps.append((f"sparkjob show {record.run_id} --show-rows 5{there}", "some of the failing rows"))
    if not record.outcome.is_current:
        again = f"sparkjob run {record.job}+{for_interval(record.interval)}{there}"
        steps.append((again, "after the fix: this and what reads it"))
    width = max((len(command) for command, _ in steps), default=0)
    for number, (command, purpose) in enumerate(steps):
        yield f"{'      ' if number else 'Next: '}{command:<{width}}   {purpose}"


def _ends(record: RunRecord) -> Iterator[str]:
    """What was published as one line; neighbours that were not and ended the same way as one."""
    published = [part for part in record.intervals if part.outcome is Outcome.PUBLISHED]
    for outcome, group in groupby(record.intervals, key=lambda part: part.outcome):
        ended = tuple(part.interval for part in group)
        if outcome is not Outcome.PUBLISHED and len(record.intervals) > 1:
            yield f"  {span_of(ended)}  {outcome.value}"
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
        split = sum(sum(part.quarantined.values()) for part in published)
        amount = render_rows(rows, quarantined=split) if rows else ""
        yield "  ".join(filter(None, (f"  {extent}", "published", amount, made)))


def _span(numbers: Sequence[int]) -> str:
    """Generation numbers: `1`, or `1…3` when they differ."""
    return f"{min(numbers)}" if min(numbers) == max(numbers) else f"{min(numbers)}…{max(numbers)}"
