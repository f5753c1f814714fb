"""Finishes what an earlier run audited and began to publish: its later outputs follow its first.

A run that died between two outputs left the first at its generation and the second behind. The
files of the second were audited before the intent was written, so they are published as they are,
without Spark, if nothing else has happened to either output and they are what would be made now.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from framework.audit.audit import reaudit_footers
from framework.audit.audited import Audited
from framework.checks.output import table_rules
from framework.contract.quarantine import published_outputs
from framework.errors import FailedError
from framework.interval import Interval
from framework.plan.steps import Build, Target
from framework.plan.windows import span_of
from framework.publish.intent import IntendedTarget, Intent, load_intent
from framework.publish.protocol import StageLostError
from framework.record.record import RunRecord
from framework.run.attempt import Attempt
from framework.run.context import Context
from framework.run.execute import conclude
from framework.run.prepare import prepare_output
from framework.run.publishing import Ready, publish_outputs
from framework.stage.staged import Staged, stage_directory


@dataclass(frozen=True, kw_only=True)
class HalfPublished:
    """What one earlier attempt has left behind: `build` has its intervals, and only such targets.

    `there`: the targets of the same intervals that the attempt has published.
    """

    build: Build
    there: tuple[Target, ...]
    intent: Intent


def find_half_published(build: Build, context: Context) -> tuple[HalfPublished, ...]:
    """Intervals whose first output is current and a later one not, by the attempt that left them so.

    Only intents of such attempts are read. None with `--force`, which wants everything made anew.
    """
    if context.request.force:
        return ()
    by_attempt: dict[str, list[Interval]] = {}
    for interval in build.intervals:
        stage_id = _begun_by(build, interval)
        if stage_id is not None:
            by_attempt.setdefault(stage_id, []).append(interval)
    found = []
    for stage_id, intervals in by_attempt.items():
        intent = load_intent(context.environment.state, build.job.name, stage_id)
        targets = () if intent is None else tuple(t for i in intervals for t in _left(intent, build, i))
        if intent is not None and targets:
            ours = tuple(dict.fromkeys(target.interval for target in targets))
            part = replace(build, intervals=ours, interval=span_of(ours), targets=targets)
            there = tuple(t for t in build.targets if t.interval in ours and t not in targets)
            found.append(HalfPublished(build=part, there=there, intent=intent))
    return tuple(found)


def carry(half: HalfPublished, context: Context) -> RunRecord | None:
    """Publish what an earlier attempt left; the record has the intervals that are whole now.

    The others are for a new plan: somebody else moved an output meanwhile, or the staged files
    cannot be published any more. None when there is no interval else. An error ends them all.
    """
    reasons = (f"carries run {half.intent.run_id} forward",)
    attempt = Attempt(build=half.build, context=context, reasons=reasons)
    return conclude(attempt, lambda: _work(half, attempt))


def _begun_by(build: Build, interval: Interval) -> str | None:
    """The attempt that published the first output as it would be now, if a later one is not so."""
    first, *later = _targets(build, interval)
    if first.expected is None or not _is_current(first) or all(map(_is_current, later)):
        return None
    return first.expected.stage_id


def _targets(build: Build, interval: Interval) -> list[Target]:
    """One interval's targets, in the order of publishing."""
    by_dataset = {t.output.dataset: t for t in build.targets if t.interval == interval}
    return [by_dataset[output.dataset] for output in published_outputs(build.job).values()]


def _is_current(target: Target) -> bool:
    return target.expected is not None and target.expected.is_made_of(target.fingerprint)


def _left(intent: Intent, build: Build, interval: Interval) -> tuple[Target, ...]:
    """The targets that are still where the attempt found them; none when it cannot be finished."""
    left = []
    for target in _targets(build, interval):
        intended = intent.find(target.output.dataset, interval)
        if intended is None or intended.fingerprint != target.fingerprint:
            return ()
        number = target.expected.number if target.expected else 0
        if number == intended.expected:
            left.append(target)
        elif not _is_done(target, intended, intent):
            return ()
    return tuple(left)


def _is_done(target: Target, intended: IntendedTarget, intent: Intent) -> bool:
    current = target.expected
    if current is None or not _is_current(target):
        return False
    return (current.stage_id, current.number) == (intent.stage_id, intended.expected + 1)


def _work(half: HalfPublished, attempt: Attempt) -> None:
    context = attempt.context
    with attempt.watch.timing("publish"), context.guard.publishing():
        try:
            # All of it is looked at before the first commit.
            audited = list(_take_up(half))
            for each in audited:
                attempt.note_audited(each)
            publish_outputs(
                [
                    Ready(prepared=prepare_output(half.build.job, each.staged.output, context), audited=each)
                    for each in audited
                ],
                half.build.intervals,
                attempt,
                there=half.there,
            )
        except StageLostError as error:
            attempt.warn(f"run {half.intent.run_id} is not carried forward: {error}")
    attempt.outcomes = {i: outcome for i, outcome in attempt.outcomes.items() if outcome.is_current}


def _take_up(half: HalfPublished) -> Iterator[Audited]:
    """The files of each output that is behind, as audited. Raises `StageLostError`."""
    for output in published_outputs(half.build.job).values():
        targets = tuple(t for t in half.build.targets if t.output.dataset == output.dataset)
        if not targets:
            continue
        intervals = {target.interval for target in targets}
        if output.is_merged:
            raise StageLostError("its rows must be merged into the table as it is now", where=output.dataset)
        if table_rules(output, intervals):
            raise StageLostError("its rules about the whole table must look at it anew", where=output.dataset)
        staged = Staged(
            output=output,
            binding=targets[0].binding,
            targets=targets,
            run_id=half.intent.run_id,
            stage_id=half.intent.stage_id,
            directory=stage_directory(targets[0].binding, half.intent.stage_id),
            files=tuple(f for f in half.intent.files_of(output.dataset) if f.interval in intervals),
            job=half.build.job.name,
        )
        try:
            yield reaudit_footers(staged, ())
        except FailedError as error:
            raise StageLostError(error.faults) from error
