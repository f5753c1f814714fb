"""One build, from the function's call to the record: stage, audit, publish, record."""

import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from framework.audit.audit import audit
from framework.audit.audited import Audited
from framework.audit.compared import compared_inputs, input_relations
from framework.audit.quarantine import audit_split
from framework.audit.relation import Relation
from framework.contract.quarantine import published_outputs, quarantine_dataset
from framework.environment.redaction import redact
from framework.errors import Fault, SparkjobError
from framework.interval import Interval
from framework.outcome import Outcome
from framework.plan.steps import Build
from framework.present.table import count
from framework.publish.intent import write_intent
from framework.publish.protocol import Prepared
from framework.record.record import RunRecord
from framework.record.store import write_log, write_record
from framework.run.attempt import Attempt
from framework.run.classify import classify, is_foreseen
from framework.run.context import Context
from framework.run.inputs import InputRejectedError, looking_at_inputs
from framework.run.merging import merge_outputs
from framework.run.prepare import prepare_output
from framework.run.publishing import Ready, publish_outputs
from framework.run.tables import audit_changes, audit_tables
from framework.stage.inputcheck import require_unchanged
from framework.stage.inputs import forget_inputs
from framework.stage.session import describe_jobs
from framework.stage.stage import stage
from framework.stage.staged import Staged


def execute(build: Build, context: Context) -> RunRecord:
    """Run one build and keep its record. Every error becomes an outcome of its intervals.

    Only intervals whose inputs broke their rules are in it when others did not: nothing was done for
    these yet, and they are to be planned again.
    """
    reasons = tuple(reason.text for reason in build.reasons)
    attempt = Attempt(build=build, context=context, reasons=reasons)
    record = conclude(attempt, lambda: _work(attempt))
    assert record is not None, "at least one interval of a build comes to an end"
    return record


def conclude(attempt: Attempt, work: Callable[[], None]) -> RunRecord | None:
    """Do the work and keep its record; None when no interval came to an end in it.

    An error of the work is the end of all intervals that have none yet.
    """
    context = attempt.context
    context.listener.began(attempt.build, attempt.run_id, attempt.started)
    try:
        with context.guard.working(), attempt.log.listening():
            work()
    except Exception as error:  # noqa: BLE001  # here every error ends as an outcome
        interruption = context.guard.interruption
        if interruption is not None:
            context.cancel_spark_jobs()
        elif not is_foreseen(error):
            with attempt.log.listening():
                sys.stderr.write(redact(traceback.format_exc()))
        outcome, found = classify(interruption or error)
        if attempt.outcomes.keys() < set(attempt.build.intervals):  # else it came when all had ended
            attempt.faults += (_redacted(fault) for fault in found)
        attempt.end_rest(outcome)
    _forget_inputs(attempt)
    return _keep(attempt) if attempt.outcomes else None


def _forget_inputs(attempt: Attempt) -> None:
    """Remove what was fetched to be read; what stays is for `clean`, and no reason to fail."""
    try:
        forget_inputs(attempt.build, attempt.context.environment, attempt.run_id)
    except SparkjobError as error:
        attempt.warn(f"rows that were unloaded to be read could not be removed: {error}")


def _keep(attempt: Attempt) -> RunRecord:
    """Write the record; the same with a warning when that fails."""
    record = attempt.record()
    for fault in record.faults:
        attempt.log.line(str(fault))
    try:
        write_record(attempt.context.environment.state, record)
        write_log(attempt.context.environment.state, record, redact(attempt.log.text))
    except SparkjobError as error:
        # The commit is the record of success; losing this one changes nothing that is published.
        attempt.warn(f"the run record could not be kept: {error}")
        return replace(record, warnings=tuple(attempt.warnings))
    attempt.tell("recorded", record.run_id)
    return record


def _work(attempt: Attempt) -> None:
    """Prepare, stage, audit and publish."""
    context, build = attempt.context, attempt.build
    with attempt.watch.timing("prepare"):
        tables = [prepare_output(build.job, each, context) for each in published_outputs(build.job).values()]
    attempt.tell("planned", f"{build.interval}, run {attempt.run_id}")
    with attempt.watch.timing("start Spark"):
        spark = context.spark
    describe_jobs(spark, f"{build.job.name} {build.interval}, run {attempt.run_id}")
    with attempt.watch.timing("stage"):
        context.reporter.working(attempt.label, "staging")
        try:
            done = stage(
                spark,
                build,
                context.project,
                context.environment,
                attempt.run_id,
                f"{attempt.run_id}-{os.urandom(4).hex()}",
                look=looking_at_inputs(attempt),
                caller=context.caller,
            )
        except InputRejectedError as error:
            attempt.faults += (_redacted(fault) for fault in error.faults)
            attempt.outcomes.update(dict.fromkeys(error.intervals, error.outcome))
            return
    staged = done.outputs
    if done.undeclared:
        staged = tuple(_with_unknown_inputs(each) for each in staged)
        named = ", ".join(done.undeclared)
        attempt.warn(f"reads what is no Input of it, and so runs every time: {named}")
    files = sum(len(each.files) for each in staged)
    attempt.tell("staged", f"{count(len(staged), 'output')}, {count(files, 'file')}")
    merged = merge_outputs(staged, attempt)
    if merged is None:
        _judge((), build.intervals, attempt)
        return
    staged = merged
    with attempt.watch.timing("audit"):
        context.reporter.working(attempt.label, "auditing")
        inputs = input_relations(done.inputs, build.job, build.intervals, context.project)
        outputs = audit_changes(tuple(_audit(tables, staged, inputs, attempt)), context)
        for each in outputs:
            attempt.note_audited(each.audited)
        if compared_inputs(build.job.outputs.values()):
            require_unchanged(build, context.environment)  # they were read once more
        publishable = _judge(outputs, build.intervals, attempt)
        # Which rows the table will have is known only now.
        outputs = audit_tables(outputs, publishable, attempt)
        publishable = _judge(outputs, publishable, attempt)
    attempt.tell("audited", count(len(attempt.verdicts), "verdict"))
    if publishable:
        with attempt.watch.timing("publish"), context.guard.publishing():
            _publish(outputs, publishable, attempt)


def _audit(
    tables: Sequence[Prepared], staged: Sequence[Staged], inputs: Mapping[str, Relation], attempt: Attempt
) -> Iterator[Ready]:
    """Audit each output, one with a quarantine together with it, which comes before."""
    context = attempt.context
    done: dict[str, Audited] = {}
    for prepared, each in zip(tables, staged, strict=True):
        constraints = context.formats.publisher(prepared.binding).constraints(prepared)
        audited = audit(
            each,
            spark=lambda: context.spark,
            constraints=constraints,
            inputs=inputs,
            started=attempt.started,
        )
        held = quarantine_dataset(each.output)
        if held is not None:
            audited = audit_split(audited, done[held], spark=lambda: context.spark)
        done[each.output.dataset] = audited
        yield Ready(prepared=prepared, audited=audited)


def _judge(outputs: Sequence[Ready], intervals: Sequence[Interval], attempt: Attempt) -> tuple[Interval, ...]:
    """Those of the intervals that all outputs pass; the others are rejected, or failed when unknown."""
    passed = set(intervals)
    for each in outputs:
        passed &= {target.interval for target in each.audited.publishable}
    for verdict in attempt.verdicts:
        for interval in intervals:
            ended = attempt.outcomes.get(interval)
            if verdict.stops and verdict.concerns(interval) and ended is not Outcome.FAILED:
                unknown = verdict.state == "unknown"
                attempt.outcomes[interval] = Outcome.FAILED if unknown else Outcome.REJECTED
    return tuple(interval for interval in intervals if interval in passed)


def _publish(outputs: Sequence[Ready], intervals: tuple[Interval, ...], attempt: Attempt) -> None:
    """Publish, with the intent of it written before when it takes more than one commit."""
    name = attempt.build.job.name
    if len(outputs) > 1:
        audited = [each.audited for each in outputs]
        write_intent(attempt.context.environment.state, name, audited, intervals)
        attempt.tell("intent")
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
