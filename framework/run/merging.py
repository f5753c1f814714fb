"""Rows that are merged into a table: looked at as the function returned them, then merged."""

from collections.abc import Sequence
from dataclasses import replace

from framework.audit.audit import audit
from framework.audit.audited import SEAL, Audited
from framework.run.attempt import Attempt
from framework.stage.merging import merge_staged
from framework.stage.staged import Staged

_ONLY_BEFORE = "rows_in_interval"
"""Holds of returned rows alone: merged, they lie in files beside rows of other intervals."""


def merge_outputs(staged: Sequence[Staged], attempt: Attempt) -> tuple[Staged, ...] | None:
    """The same, and of outputs whose rows are merged the files that are to be published.

    Before, what their function returned is looked at: keys and times are there, and no key twice. None
    when it may not be merged; the verdicts that say so are noted. Raises as `merge_staged` does.
    """
    context = attempt.context
    returned = [each for each in staged if each.output.is_merged and not each.binding.merges_rows]
    if not returned:
        return tuple(staged)
    with attempt.watch.timing("audit"):
        looked = [audit(each, spark=lambda: context.spark, started=attempt.started) for each in returned]
    for each in looked:
        # The others are looked at again, in the files that are published.
        kept = tuple(v for v in each.verdicts if v.stops or v.expectation.type == _ONLY_BEFORE)
        attempt.note_audited(replace(each, verdicts=kept, seal=SEAL))
    if any(verdict.stops for each in looked for verdict in each.verdicts):
        return None
    context.reporter.working(attempt.label, "merging")
    with attempt.watch.timing("merge"):
        merged = {each.staged.output.dataset: _merge(each, attempt) for each in looked}
    return tuple(merged.get(each.output.dataset, each) for each in staged)


def _merge(looked: Audited, attempt: Attempt) -> Staged:
    context, (target,) = attempt.context, looked.staged.targets
    statistics = looked.statistics(target.interval)
    return merge_staged(context.spark, looked.staged, statistics, force=context.request.force)
