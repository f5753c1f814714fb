"""Targets of one call of `publish`, compared with what was audited and what was prepared."""

from collections.abc import Sequence

from framework.audit.audited import Audited
from framework.errors import FailedError
from framework.plan.steps import Target
from framework.publish.protocol import Prepared
from framework.stage.staged import StagedFile


def check_targets(audited: Audited, targets: Sequence[Target], prepared: Prepared) -> tuple[StagedFile, ...]:
    """The files of the targets. Raises `FailedError` for what the audit or the table does not know."""
    staged = audited.staged
    unaudited = {str(t.interval) for t in targets} - {str(t.interval) for t in audited.publishable}
    if unaudited:
        raise FailedError(
            f"not publishable: {', '.join(sorted(unaudited))}", where=staged.binding.location.uri
        )
    for interval in (target.interval for target in targets):
        if interval.grain != prepared.grain or not (interval.is_whole or interval.zone == prepared.zone):
            raise FailedError(f"{interval} is of another grain or zone than the table was prepared for")
    return tuple(file for target in targets for file in staged.of(target.interval))
