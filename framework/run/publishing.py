"""Publishes the outputs of one job, one after the other, and of each only what is still ours.

Tables have no common commit, so the first output decides: who loses an interval there leaves the
later outputs of it to the winner. And before each commit the other outputs are looked at: a run
that slept since its first publish, or was planned between two publishes of another, would else
put its rows beside those of a newer run. (Between that look and the commit are milliseconds in
which two runs can still meet; then one of them says `retry`, and the next run makes all anew.)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from framework.audit.audited import Audited
from framework.errors import RetryError
from framework.generation import Generation
from framework.interval import Interval
from framework.outcome import Outcome
from framework.plan.steps import Target
from framework.publish.protocol import Prepared, Receipt
from framework.publish.seen import LOOK_AGAIN
from framework.run.attempt import Attempt
from framework.run.catalogs import show_in_catalogs
from framework.run.context import Context


@dataclass(frozen=True, kw_only=True)
class Ready:
    """One output: its table, and the audited files that are to be published there."""

    prepared: Prepared
    audited: Audited


def publish_outputs(
    outputs: Sequence[Ready],
    intervals: Iterable[Interval],
    attempt: Attempt,
    *,
    there: Sequence[Target] = (),
) -> None:
    """Publish `intervals` of the outputs, in their order, and note the end of each.

    An output whose audited files are not for an interval has it already: `there` says at which
    generation, and it must not have moved from it. An interval is

    - `published` when all outputs of it are;
    - `unchanged` when another run published it first, and every output holds what ours would have;
    - `retry` when another run published something else, or not all of it: a run that died (or is
      slow) between two outputs has left it in part, and only a run that comes later can tell.

    Raises what `Publisher.publish` raises. The intervals that were not through have no outcome then.
    """
    if len(outputs) > 1:
        _require_seen(outputs, attempt.context)
    intervals = tuple(intervals)
    open_ = set(intervals)
    begun: set[Interval] = set()
    done: dict[tuple[str, Interval], Generation] = {}
    for number, each in enumerate(outputs):
        others = [target for other in outputs if other is not each for target in _targets(other, open_)]
        others += [target for target in there if target.interval in open_]
        apart = _moved_apart(others, done, attempt.context) if _targets(each, open_) else set()
        attempt.outcomes.update(dict.fromkeys(apart, Outcome.RETRY))
        open_ -= apart
        targets = _targets(each, open_)
        if not targets:
            continue
        context, dataset = attempt.context, each.prepared.output.dataset
        publisher = context.formats.publisher(each.prepared.binding)
        receipts = publisher.publish(each.prepared, each.audited, targets, wanted=context.guard.check)
        attempt.note_receipts(dataset, receipts)
        done |= {(dataset, receipt.interval): receipt.generation for receipt in receipts}
        published = {receipt.interval for receipt in receipts if receipt.outcome == "published"}
        if published:
            attempt.tell("published", dataset)
        lost = {receipt.interval for receipt in receipts} - published
        whole = _published_whole(receipts, outputs[number + 1 :], context)
        for interval in lost:
            current = Outcome.PUBLISHED if interval in begun else Outcome.UNCHANGED
            attempt.outcomes[interval] = current if interval in whole else Outcome.RETRY
        open_ -= lost
        begun |= published
    attempt.outcomes.update(dict.fromkeys(open_, Outcome.PUBLISHED))
    _show(intervals, attempt)


def _show(intervals: Iterable[Interval], attempt: Attempt) -> None:
    """Let the catalogs follow; `retry` where one did not, though the rows are published."""
    current = [i for i in intervals if i in attempt.outcomes and attempt.outcomes[i].is_current]
    behind = show_in_catalogs(attempt.build.job, current, attempt.context)
    if behind:
        attempt.faults += behind
        attempt.outcomes.update(dict.fromkeys(current, Outcome.RETRY))


def _require_seen(outputs: Sequence[Ready], context: Context) -> None:
    """Raise `RetryError` when a table has changed since rules about all of it looked at it.

    Its commit insists on that, too; but then earlier outputs would be published already.
    """
    for each in outputs:
        binding, seen = each.prepared.binding, each.audited.seen
        if seen is not None and context.formats.reader(binding).pin(binding, ()).read_version != seen.version:
            raise RetryError(
                "the table changed since it was checked", where=binding.location.uri, hint=LOOK_AGAIN
            )


def _moved_apart(
    others: Sequence[Target],
    done: Mapping[tuple[str, Interval], Generation],
    context: Context,
) -> set[Interval]:
    """Intervals of which another run has moved one of these targets, from what we made or expect.

    One that holds already what we would make of it is no obstacle.
    """
    by_dataset: dict[str, list[Target]] = {}
    for target in others:
        by_dataset.setdefault(target.output.dataset, []).append(target)
    apart: set[Interval] = set()
    for targets in by_dataset.values():
        for target, generation in _current(targets, context):
            ours = done.get((target.output.dataset, target.interval), target.expected)
            as_ours = generation is not None and generation.is_made_of(target.fingerprint)
            if _identity(generation) != _identity(ours) and not as_ours:
                apart.add(target.interval)
    return apart


def _current(targets: Sequence[Target], context: Context) -> Iterator[tuple[Target, Generation | None]]:
    """Targets of one dataset, each with the generation that is published now."""
    if targets:
        binding = targets[0].binding
        current = context.formats.reader(binding).published(binding, [target.interval for target in targets])
        yield from ((target, current.get(target.interval)) for target in targets)


def _identity(generation: Generation | None) -> tuple[object, ...] | None:
    """What makes a generation another one; other files with its rows (`compact`, foreign changes) do not."""
    if generation is None:
        return None
    return generation.table_id, generation.number, generation.fingerprint


def _published_whole(receipts: Sequence[Receipt], later: Sequence[Ready], context: Context) -> set[Interval]:
    """Intervals that another run has made as we would have, in this output and in all later ones."""
    whole = {receipt.interval for receipt in receipts if receipt.outcome == "unchanged"}
    for each in later:
        for target, generation in _current(_targets(each, whole), context):
            if generation is None or not generation.is_made_of(target.fingerprint):
                whole.discard(target.interval)
    return whole


def _targets(each: Ready, intervals: set[Interval]) -> list[Target]:
    return [target for target in each.audited.publishable if target.interval in intervals]
