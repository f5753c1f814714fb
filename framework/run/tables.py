"""Rules about a table beside the staged rows: looked at when it is known what is to be published."""

from collections.abc import Sequence
from dataclasses import replace

from framework.audit.audited import SEAL
from framework.audit.past import Looked, judge_changes, live_rows
from framework.audit.table import audit_table
from framework.interval import Interval
from framework.run.attempt import Attempt
from framework.run.context import Context
from framework.run.publishing import Ready


def audit_changes(outputs: Sequence[Ready], context: Context) -> tuple[Ready, ...]:
    """The same outputs with their verdicts on rules that compare with earlier intervals."""
    looked = [
        Looked(
            output=each.prepared.output,
            rows=each.audited.rows,
            verdicts=each.audited.verdicts,
            live=live_rows(context.formats.reader(each.prepared.binding), each.prepared.binding),
        )
        for each in outputs
    ]
    return tuple(
        replace(each, audited=replace(each.audited, verdicts=verdicts, seal=SEAL))
        for each, verdicts in zip(outputs, judge_changes(looked), strict=True)
    )


def audit_tables(
    outputs: Sequence[Ready], intervals: Sequence[Interval], attempt: Attempt
) -> tuple[Ready, ...]:
    """The same outputs with their verdicts on the table as it is with these intervals; noted in `attempt`."""
    context = attempt.context
    looked = []
    for each in outputs:
        reader = context.formats.reader(each.prepared.binding)
        audited = audit_table(each.audited, intervals, spark=lambda: context.spark, reader=reader)
        attempt.verdicts += audited.verdicts[len(each.audited.verdicts) :]
        looked.append(replace(each, audited=audited))
    return tuple(looked)
