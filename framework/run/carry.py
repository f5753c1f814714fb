"""Finishes what an earlier run audited and began to publish: its later outputs follow its first.

A run that died between two outputs left the first at its generation and the second behind. The
files of the second were audited before the intent was written, so they are published as they are,
without Spark, if nothing else has happened to either output and they are what would be made now.
"""

from collections.abc import Iterator

from framework.audit.audit import reaudit_footers
from framework.errors import FailedError
from framework.interval import Interval
from framework.outcome import Outcome, worst
from framework.plan.steps import Build, Target
from framework.plan.windows import span_of
from framework.publish.intent import IntendedOutput, Intent, load_intents
from framework.publish.publishers import publisher_of
from framework.record.ids import new_id
from framework.record.record import IntervalRecord, RunRecord
from framework.run.clock import Stopwatch, now
from framework.run.context import Context
from framework.run.prepare import prepare_output
from framework.stage.staged import Staged


def carry_forward(build: Build, context: Context) -> RunRecord | None:
    """Publish what is left of an earlier run's intent; None when there is nothing to carry."""
    if context.request.force or len(build.job.outputs) == 1:
        return None
    for intent in load_intents(context.environment.state, build.job.name):
        intervals = tuple(_half_published(intent, build))
        if intervals:
            return _carry(intent, build, intervals, context)
    return None


def _half_published(intent: Intent, build: Build) -> Iterator[Interval]:
    """Intervals whose first output this intent's run published, and a later output not."""
    for interval in build.intervals:
        states = [_state(target, output, intent.run_id) for target, output in _pairs(intent, build, interval)]
        complete = len(states) == len(build.job.outputs) and states[0] == "done"
        if complete and set(states) == {"done", "behind"}:
            yield interval


def _pairs(intent: Intent, build: Build, interval: Interval) -> Iterator[tuple[Target, IntendedOutput]]:
    """Targets of one interval beside what the intent says of them, in the order of publishing."""
    for output in intent.outputs:
        for target in build.targets:
            if target.output.dataset == output.dataset and target.interval == interval:
                yield target, output


def _state(target: Target, output: IntendedOutput, run_id: str) -> str:
    """`done`: published by that run; `behind`: still at what it wanted to replace; else `moved`."""
    intended = next((each for each in output.targets if each.interval == target.interval), None)
    if intended is None or intended.fingerprint != target.fingerprint:
        return "moved"
    current = target.expected
    number = current.number if current else 0
    if number == intended.expected:
        return "behind"
    ours = current is not None and current.run_id == run_id and number == intended.expected + 1
    return "done" if ours else "moved"


def _carry(
    intent: Intent, build: Build, intervals: tuple[Interval, ...], context: Context
) -> RunRecord | None:
    started, watch = now(), Stopwatch()
    outcomes = dict.fromkeys(intervals, Outcome.PUBLISHED)
    generations: dict[Interval, dict[str, int]] = {interval: {} for interval in intervals}
    with watch.timing("publish"), context.guard.publishing():
        for output in intent.outputs:
            targets = tuple(
                target
                for interval in intervals
                for target, of in _pairs(intent, build, interval)
                if of is output and _state(target, of, intent.run_id) == "behind"
            )
            if not targets:
                continue
            try:
                audited = reaudit_footers(_staged(intent, output, targets), ())
            except FailedError:  # its files were cleaned away: the job runs again instead
                return None
            prepare_output(build.job, targets[0].output, context)
            publisher = publisher_of(targets[0].binding)
            for receipt in publisher.publish(audited, targets, wanted=context.guard.check):
                outcomes[receipt.interval] = Outcome(receipt.outcome)
                generations[receipt.interval][output.dataset] = receipt.generation.number
            context.reporter.event("published", build.job.name, output.dataset)
    return RunRecord(
        run_id=context.run_id or new_id(),
        invocation=context.invocation,
        environment=context.environment.name,
        job=build.job.name,
        interval=span_of(intervals),
        outcome=worst(outcomes.values()),
        started=started,
        ended=now(),
        intervals=tuple(
            IntervalRecord(interval=interval, outcome=outcomes[interval], generations=generations[interval])
            for interval in intervals
        ),
        timings=watch.seconds,
        reasons=(f"carries run {intent.run_id} forward",),
    )


def _staged(intent: Intent, output: IntendedOutput, targets: tuple[Target, ...]) -> Staged:
    wanted = {target.interval for target in targets}
    return Staged(
        output=targets[0].output,
        binding=targets[0].binding,
        targets=targets,
        run_id=intent.run_id,
        stage_id=output.stage_id,
        directory=f"data/{output.stage_id}",
        files=tuple(file for file in output.files if file.interval in wanted),
    )
