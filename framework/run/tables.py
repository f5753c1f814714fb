"""Rules about the whole table: looked at when it is known which intervals are to be published."""

from collections.abc import Sequence
from dataclasses import replace

from framework.audit.table import audit_table
from framework.interval import Interval
from framework.run.attempt import Attempt
from framework.run.publishing import Ready


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
