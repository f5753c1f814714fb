"""One build, from the function's call to the record: stage, audit, publish, record."""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace

from framework.audit.audit import audit
from framework.environment.redaction import redact
from framework.errors import Fault, SparkjobError
from framework.interval import Interval
from framework.outcome import Outcome
from framework.plan.steps import Build
from framework.present.table import count
from framework.publish.intent import write_intent
from framework.publish.protocol import Prepared
from framework.record.record import RunRecord
from framework.record.store import write_record
from framework.run.attempt import Attempt
from framework.run.classify import classify, is_foreseen
from framework.run.context import Context
from framework.run.prepare import prepare_output
from framework.run.publishing import Ready, publish_outputs
from framework.stage.stage import stage
from framework.stage.staged import Staged


def execute(build: Build, context: Context) -> RunRecord:
    """Run one build and keep its record. Every error becomes an outcome of its intervals."""
    reasons = tuple(reason.text for reason in build.reasons)
    attempt = Attempt(build=build, context=context, reasons=reasons)
    record = conclude(attempt, lambda: _work(attempt))
    assert record is not None, "every interval of a build comes to an end"
    return record


def conclude(attempt: Attempt, work: Callable[[], None]) -> RunRecord | None:
    """Do the work and keep its record; None when no interval came to an end in it.

    An error of the work is the end of all intervals that have none yet.
    """
    context = attempt.context
    try:
        with context.guard.working():
            work()
    except Exception as error:  # noqa: BLE001  # here every error ends as an outcome
        interruption = context.guard.interruption
        if interruption is not None:
            context.cancel_spark_jobs()
        elif not is_foreseen(error):
            sys.stderr.write(redact(traceback.format_exc()))
        outcome, found = classify(interruption or error)
        if attempt.outcomes.keys() < set(attempt.build.intervals):  # else it came when all had ended
            attempt.faults += (_redacted(fault) for fault in found)
        attempt.end_rest(outcome)
    return _keep(attempt) if attempt.outcomes else None


def _keep(attempt: Attempt) -> RunRecord:
    """Write the record; the same with a warning when that fails."""
    record = attempt.record()
    try:
        write_record(attempt.context.environment.state, record)
    except SparkjobError as error:
        # The commit is the record of success; losing this one changes nothing that is published.
        attempt.warn(f"the run record could not be kept: {error}")
        return replace(record, warnings=tuple(attempt.warnings))
    attempt.context.reporter.event("recorded", attempt.build.job.name, record.run_id)
    return record


def _work(attempt: Attempt) -> None:
    """Prepare, stage, audit and publish."""
    context, build, name = attempt.context, attempt.build, attempt.build.job.name
    with attempt.watch.timing("prepare"):
        tables = [prepare_output(build.job, output, context) for output in build.job.outputs.values()]
    context.reporter.event("planned", name, f"{build.interval}, run {attempt.run_id}")
    with attempt.watch.timing("start Spark"):
        spark = context.spark
    with attempt.watch.timing("stage"):
        context.reporter.working(name, "staging")
        staged, undeclared = stage(
            spark,
            build,
            context.project,
            context.environment,
            attempt.run_id,
            f"{attempt.run_id}-{os.urandom(4).hex()}",
        )
    if undeclared:
        staged = tuple(_with_unknown_inputs(each) for each in staged)
        named = ", ".join(undeclared)
        attempt.warn(f"reads what is no Input of it, and so runs every time: {named}")
    files = sum(len(each.files) for each in staged)
    context.reporter.event("staged", name, f"{count(len(staged), 'output')}, {count(files, 'file')}")
    with attempt.watch.timing("audit"):
        context.reporter.working(name, "auditing")
        pairs = zip(tables, staged, strict=True)
        outputs = tuple(_audit(prepared, each, attempt) for prepared, each in pairs)
    publishable = _judge(outputs, attempt)
    context.reporter.event("audited", name, count(len(attempt.verdicts), "verdict"))
    if publishable:
        with attempt.watch.timing("publish"), context.guard.publishing():
            _publish(outputs, publishable, attempt)


def _audit(prepared: Prepared, staged: Staged, attempt: Attempt) -> Ready:
    context = attempt.context
    constraints = context.formats.publisher(prepared.binding).constraints(prepared)
    audited = audit(staged, spark=lambda: context.spark, constraints=constraints)
    attempt.note_audited(audited)
    return Ready(prepared=prepared, audited=audited)


def _judge(outputs: Sequence[Ready], attempt: Attempt) -> tuple[Interval, ...]:
    """The intervals that all outputs pass; the others are rejected, or failed when unknown."""
    passed = set(attempt.build.intervals)
    for each in outputs:
        passed &= {target.interval for target in each.audited.publishable}
    for verdict in attempt.verdicts:
        if verdict.stops and attempt.outcomes.get(verdict.interval) is not Outcome.FAILED:
            unknown = verdict.state == "unknown"
            attempt.outcomes[verdict.interval] = Outcome.FAILED if unknown else Outcome.REJECTED
    return tuple(interval for interval in attempt.build.intervals if interval in passed)


def _publish(outputs: Sequence[Ready], intervals: tuple[Interval, ...], attempt: Attempt) -> None:
    """Publish, with the intent of it written before when it takes more than one commit."""
    name = attempt.build.job.name
    if len(outputs) > 1:
        audited = [each.audited for each in outputs]
        write_intent(attempt.context.environment.state, name, audited, intervals)
        attempt.context.reporter.event("intent", name)
    publish_outputs(outputs, intervals, attempt)
    lost = [str(interval) for interval in intervals if attempt.outcomes[interval] is Outcome.RETRY]
    if lost:
        attempt.faults.append(
            Fault(
                what=f"another run was publishing {', '.join(lost)} at the same time, "
                "and not every output holds what this run made",
                where=name,
                hint="Run the job again: it finishes what is left.",
            )
        )


def _with_unknown_inputs(staged: Staged) -> Staged:
    """The same files under a fingerprint that equals nothing: what they were made of is unknown."""
    targets = tuple(replace(t, fingerprint=replace(t.fingerprint, inputs=None)) for t in staged.targets)
    return replace(staged, targets=targets)


def _redacted(fault: Fault) -> Fault:
    hint = None if fault.hint is None else redact(fault.hint)
    return replace(fault, what=redact(fault.what), hint=hint)
