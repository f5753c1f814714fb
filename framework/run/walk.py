"""Executes a plan: each step in its order; a failure blocks only what reads from it."""

from collections.abc import Iterator, Mapping

from framework.contract.types import Job
from framework.errors import Fault, SparkjobError
from framework.interval import Interval
from framework.outcome import Outcome
from framework.plan.steps import Blocked, Build, Plan, Request, Step, Unchanged
from framework.plan.windows import span_of
from framework.record.ids import new_id
from framework.record.record import IntervalRecord, RunRecord
from framework.run.carry import carry, find_half_published
from framework.run.catalogs import show_in_catalogs
from framework.run.clock import now
from framework.run.context import Context
from framework.run.execute import execute


def walk(plan: Plan, context: Context) -> Iterator[RunRecord]:
    """Run every step and yield a record for each.

    A job that waited is planned again just before it runs, on what its upstreams published.
    """
    unfinished: dict[str, list[Interval]] = {}
    for step in plan.steps:
        for record in walk_step(step, context, unfinished):
            note_unfinished(record, unfinished)
            yield record


def note_unfinished(record: RunRecord, unfinished: dict[str, list[Interval]]) -> None:
    """Add the intervals that did not become current, by job."""
    lost = [part.interval for part in record.intervals if not part.outcome.is_current]
    if lost:
        unfinished.setdefault(record.job, []).extend(lost)


def walk_step(step: Step, context: Context, unfinished: dict[str, list[Interval]]) -> Iterator[RunRecord]:
    """The records of one step, at least one for each of its intervals.

    `unfinished`: what this walk has tried in vain. When planning the step again fails, that is the
    end of this step and of no other; when the run is not wanted any more, it is not begun.
    """
    ended: set[Interval] = set()
    try:
        if isinstance(step, Build):
            context.guard.check()
        for record in _run(step, context, unfinished):
            ended |= {part.interval for part in record.intervals}
            yield record
    except SparkjobError as error:
        left = tuple(interval for interval in step.intervals if interval not in ended)
        if left:
            yield _idle(context, step.job, left, error.outcome, error.faults)


def _run(step: Step, context: Context, unfinished: dict[str, list[Interval]]) -> Iterator[RunRecord]:
    match step:
        case Unchanged():
            behind = show_in_catalogs(step.job, step.intervals, context)
            outcome = Outcome.RETRY if behind else Outcome.UNCHANGED
            yield _idle(context, step.job, step.intervals, outcome, behind, generations=step.generations)
        case Blocked():
            span = span_of(step.intervals)
            where = step.job.name if span.is_whole else f"{step.job.name} {span}"
            fault = Fault(what=step.reason, where=where, hint=step.hint)
            yield _idle(context, step.job, step.intervals, step.outcome, (fault,))
        case Build(waits_for=()):
            yield from _build(step, context, unfinished)
        case Build():
            for part in _plan_again(step.job, step.intervals, context, unfinished):
                yield from _run(part, context, unfinished)


def _build(step: Build, context: Context, unfinished: dict[str, list[Interval]]) -> Iterator[RunRecord]:
    """Finish what earlier runs have left half published, and execute the rest."""
    halves = find_half_published(step, context)
    if not halves:
        yield from _execute(step, context, unfinished)
        return
    ended: set[Interval] = set()
    for half in halves:
        record = carry(half, context)
        if record is not None:
            ended |= {part.interval for part in record.intervals}
            yield record
    left = tuple(interval for interval in step.intervals if interval not in ended)
    if left:
        # The outputs have moved on, so what the step expects of them is out of date.
        for part in _plan_again(step.job, left, context, unfinished):
            if isinstance(part, Build) and not part.waits_for:
                yield from _execute(part, context, unfinished)  # what could be carried has been
            else:
                yield from _run(part, context, unfinished)


def _execute(step: Build, context: Context, unfinished: dict[str, list[Interval]]) -> Iterator[RunRecord]:
    """Execute the step; when inputs of some intervals were rejected, the others by themselves."""
    record = execute(step, context)
    yield record
    ended = {part.interval for part in record.intervals}
    left = tuple(interval for interval in step.intervals if interval not in ended)
    for part in _plan_again(step.job, left, context, unfinished) if left else ():
        yield from _run(part, context, unfinished)


def _plan_again(
    job: Job, intervals: tuple[Interval, ...], context: Context, unfinished: dict[str, list[Interval]]
) -> tuple[Step, ...]:
    """The steps of these intervals on what is published by now."""
    again = Request(
        intervals={job.name: intervals},
        parameters=context.request.parameters,
        force=context.request.force,
    )
    return context.plan(again, unfinished).steps


def _idle(
    context: Context,
    job: Job,
    intervals: tuple[Interval, ...],
    outcome: Outcome,
    faults: tuple[Fault, ...] = (),
    *,
    generations: Mapping[Interval, Mapping[str, int]] | None = None,
) -> RunRecord:
    """The record of a step for which nothing had to be, or could be, done."""
    moment = now()
    return RunRecord(
        run_id=context.run_id or new_id(),
        invocation=context.invocation,
        environment=context.environment.name,
        job=job.name,
        interval=span_of(intervals),
        outcome=outcome,
        started=moment,
        ended=moment,
        intervals=tuple(
            IntervalRecord(
                interval=interval, outcome=outcome, generations=(generations or {}).get(interval, {})
            )
            for interval in intervals
        ),
        faults=faults,
    )
