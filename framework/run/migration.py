"""Rows that are published already, staged anew under the contract of now: through audit to a publish.

Two ways: other columns for a Delta table where it is (`publish.delta.migration`), or all rows of a table
into another one, of another place, format, grain or partitioning, by the ordinary publisher.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from framework.audit.audit import audit
from framework.audit.audited import SEAL, Audited
from framework.audit.past import Looked, judge_changes, live_rows
from framework.audit.table import audit_table
from framework.checks.builtin import Constraint
from framework.contract.datatype import identifier
from framework.contract.types import Job, Output
from framework.environment.environment import Binding
from framework.errors import Fault, MisconfiguredError, RejectedError, RetryError
from framework.generation import Fingerprint, Generation
from framework.interval import WHOLE, Interval, parse_interval
from framework.plan.mapping import ColumnMapping
from framework.plan.migrated import carried, earlier_outputs
from framework.plan.steps import Build, Target
from framework.plan.windows import grain_of, span_of, start_of
from framework.present.table import count
from framework.publish.protocol import Receipt
from framework.publish.publishers import publisher_of
from framework.publish.rollback import UNKNOWN
from framework.run.clock import now
from framework.run.context import Context
from framework.stage.layout import render_label
from framework.stage.staged import OUTSIDE
from framework.stage.write import stage_output
from framework.tables.foreign import Foreign, read, require_unchanged
from framework.tables.readers import reader_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_SHOWN = 10

Fingerprints = Callable[[Sequence[Interval]], Mapping[Interval, Fingerprint]]
"""The fingerprint that each interval is to have."""


@dataclass(frozen=True, kw_only=True)
class Migration:
    """What is to be moved: these rows, under this mapping, into this dataset."""

    job: Job
    output: Output
    binding: Binding
    source: Foreign
    mapping: ColumnMapping
    run_id: str


def frame_of(migration: Migration, context: Context) -> "DataFrame":
    """The source's rows with the contract's columns."""
    frame = read(context.spark, migration.source)
    return frame.selectExpr(
        *(f"{column.sql} AS {identifier(column.name)}" for column in migration.mapping.columns)
    )


def intervals_in(frame: "DataFrame", job: Job, output: Output) -> tuple[Interval, ...]:
    """The units of the job's grain in which there are rows.

    Raises `RejectedError` for rows without a time, and `MisconfiguredError` for those before the start.
    """
    from pyspark.sql import functions as F

    grain = grain_of(job)
    if grain is None:
        return (WHOLE,)
    assert output.time is not None, "contract.validate comes first"
    schema = output.schema
    assert schema is not None, "contract.validate comes first"
    column = schema.find(output.time)
    is_date = column is not None and column.type == "date"
    local = F.col(identifier(output.time))
    if not is_date and grain != "hour" and job.timezone != "UTC":
        local = F.from_utc_timestamp(local, job.timezone)
    text = F.date_format(local, "yyyy-MM-dd'T'HH':00:00Z'" if grain == "hour" else "yyyy-MM-dd")
    found = [row[0] for row in frame.select(text).distinct().collect()]
    if None in found:
        raise RejectedError(
            f"there are rows without {output.time}, which belong to no interval", where=output.dataset
        )
    units = {parse_interval(each, zone=job.timezone).as_grain(grain, job.timezone) for each in found}
    early = [unit for unit in sorted(units) if unit.start < start_of(job)]
    if early:
        raise MisconfiguredError(
            f"{count(len(early), 'interval')} from {early[0]} on are before the start of {job.name}",
            where=job.where,
            hint="Let the job start earlier, or leave these rows out of the source.",
        )
    return tuple(sorted(units))


def stage_rows(
    frame: "DataFrame",
    migration: Migration,
    intervals: Sequence[Interval],
    expected: Mapping[Interval, Generation],
    fingerprints: Mapping[Interval, Fingerprint],
    context: Context,
    constraints: Sequence[Constraint] = (),
) -> Audited:
    """Stage these intervals and look at them by all rules of the contract.

    Raises `RejectedError` when a critical rule is broken: then nothing is published of any.
    """
    output, binding = migration.output, migration.binding
    targets = tuple(
        Target(
            output=output,
            binding=binding,
            interval=interval,
            expected=expected.get(interval),
            fingerprint=fingerprints.get(interval, UNKNOWN),
        )
        for interval in intervals
    )
    build = Build(
        job=migration.job,
        intervals=tuple(intervals),
        interval=span_of(tuple(intervals)),
        pins={},
        windows={},
        targets=targets,
        parameters={},
        reasons=(),
    )
    stage_id = f"{migration.run_id}-{os.urandom(4).hex()}"
    staged = stage_output(frame, build, output, binding, run_id=migration.run_id, stage_id=stage_id)
    require_unchanged(migration.source)
    context.reporter.event("staged", migration.job.name, output.dataset)
    audited = _judged(
        audit(staged, spark=lambda: context.spark, constraints=constraints, started=now()), context
    )
    broken = [verdict for verdict in audited.verdicts if verdict.stops]
    if broken:
        raise RejectedError(
            [
                Fault(
                    what=f"{each.expectation} does not hold in {each.interval}"
                    + (f": {count(each.unexpected, 'row')}" if each.unexpected else ""),
                    where=output.dataset,
                    hint="Nothing was changed. Mend the rows, or the contract.",
                )
                for each in broken[:_SHOWN]
            ]
        )
    context.reporter.event("audited", migration.job.name, output.dataset)
    return audited


def _judged(audited: Audited, context: Context) -> Audited:
    """The same with the verdicts on rules about change, and about the table as it will be."""
    staged = audited.staged
    reader = reader_of(staged.binding)
    looked = Looked(
        output=staged.output,
        rows=audited.rows,
        verdicts=audited.verdicts,
        live=live_rows(reader, staged.binding),
    )
    (verdicts,) = judge_changes([looked])
    intervals = tuple(target.interval for target in staged.targets)
    known = replace(audited, verdicts=verdicts, seal=SEAL)
    return audit_table(known, intervals, spark=lambda: context.spark, reader=reader)


def copy_rows(
    migration: Migration, fingerprints: Fingerprints, context: Context
) -> tuple[Audited, tuple[Receipt, ...]] | None:
    """Publish the source's rows into the dataset; None when every interval is there already.

    Intervals that have a generation are left as they are, so that who was killed runs it again.
    """
    job, output, binding = migration.job, migration.output, migration.binding
    publisher = publisher_of(binding)
    prepared = publisher.prepare(
        output, binding, owner=context.environment.project, grain=job.interval, zone=job.timezone
    )
    frame = frame_of(migration, context)
    found = sorted({*intervals_in(frame, job, output), *_empty(migration)})
    there = reader_of(binding).published(binding, found)
    open_ = tuple(interval for interval in found if interval not in there)
    if not open_:
        return None
    if there:
        frame = frame.where(f"{render_label(output, open_)} <> '{OUTSIDE}'")
    audited = stage_rows(
        frame, migration, open_, {}, fingerprints(open_), context, publisher.constraints(prepared)
    )
    with context.guard.publishing():
        receipts = publisher.publish(prepared, audited, audited.publishable, wanted=context.guard.check)
    context.reporter.event("published", job.name, output.dataset)
    lost = [str(receipt.interval) for receipt in receipts if receipt.outcome == "retry"]
    if lost:
        what = f"another run has published {', '.join(lost)} meanwhile"
        raise RetryError(what, where=output.dataset, hint="Run the same command again for the others.")
    return audited, receipts


def carried_fingerprints(
    migration: Migration, found: Mapping[str, str], partition_by: Sequence[str]
) -> Fingerprints:
    """Those of the source's generations, with the contract of now where that is proved to be all."""
    earlier = tuple(earlier_outputs(migration.output, found, migration.mapping, partition_by))

    def of(intervals: Sequence[Interval]) -> Mapping[Interval, Fingerprint]:
        known = migration.source.generations
        return {
            interval: carried(parts, migration.job, migration.output, earlier)
            for interval in intervals
            if interval in known
            and known[interval].is_intact
            and (parts := known[interval].parts) is not None
        }

    return of


def _empty(migration: Migration) -> tuple[Interval, ...]:
    """Generations of the source without rows, which no row can tell of; of the same grain alone."""
    grain, zone = grain_of(migration.job), migration.job.timezone
    return tuple(
        interval
        for interval in migration.source.generations
        if interval.grain == grain and (interval.is_whole or interval.zone == zone)
    )
