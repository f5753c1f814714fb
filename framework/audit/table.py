"""Rules with `scope="table"`: the table as it would be after the publish, at a version that is named.

Its rows are the staged ones of the intervals that are to be published, and the live ones of all
other intervals. What the log and the footers tell together is not read. The verdict is true of that
version alone, so `Audited.seen` makes the publisher insist on it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from framework.audit.audited import SEAL, Audited, Seen
from framework.audit.evaluate import build_verdict, evaluate
from framework.audit.foreign import with_nan
from framework.audit.relation import Relation, staged_relation
from framework.audit.statistics import FooterStatistics
from framework.checks.builtin import time_bounds
from framework.checks.compile import compile_expectation
from framework.checks.measure import Statistics
from framework.checks.output import table_rules
from framework.checks.sql import literal
from framework.contract.argument import Value
from framework.contract.columns import INTERVAL_DIRECTORY
from framework.contract.datatype import identifier
from framework.contract.types import Input, Output
from framework.errors import RetryError
from framework.generation import Pin
from framework.interval import Interval
from framework.plan.windows import span_of
from framework.stage.staged import KEPT, Staged
from framework.tables.protocol import Reading, TableReader

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def audit_table(
    audited: Audited,
    intervals: Sequence[Interval],
    *,
    spark: "Callable[[], SparkSession]",
    reader: TableReader,
) -> Audited:
    """The same with a verdict on each rule that looks at the table, as if `intervals` were published.

    A verdict is about the stretch from the first to the last of them, and stops all of them. Nothing
    to do, and the same again, when no rule looks at the table. Raises as `audit.audit` does, and
    `RetryError` when the table is gone.
    """
    staged = audited.staged
    rules = table_rules(staged.output, intervals)
    if not rules:
        return audited
    contents = reader.contents(staged.binding, intervals)
    if contents is None:
        raise RetryError("the table was dropped while the job ran", where=staged.binding.location.uri)
    schema = staged.output.schema
    assert schema is not None, "contract.validate comes first"
    files = [file for interval in intervals for file in staged.of(interval)]
    ours = FooterStatistics([audited.footers[file.path] for file in files], schema)
    statistics = None if contents.rest is None else _Both(ours, contents.rest)
    checks = [compile_expectation(expectation, schema) for expectation in rules]
    span = span_of(tuple(sorted(intervals)))

    def relation() -> Relation:
        return Relation(
            frame=_after(spark(), staged, intervals, reader, contents.pin),
            labels={"": span},
            name=staged.output.dataset,
            rows={} if statistics is None else {span: statistics.rows},
        )

    found = evaluate({span: checks}, {} if statistics is None else {span: statistics}, relation)
    verdicts = [
        replace(build_verdict(staged.output.dataset, check, span, judgement), is_table=True)
        for check, judgement in zip(checks, found[span], strict=True)
    ]
    seen = None
    if any(verdict.severity == "critical" for verdict in verdicts):
        assert contents.pin.read_version is not None, "contents are of a version"
        seen = Seen(version=contents.pin.read_version, intervals=frozenset(intervals))
    return replace(audited, verdicts=(*audited.verdicts, *verdicts), seen=seen, seal=SEAL)


@dataclass(frozen=True)
class _Both:
    """`checks.measure.Statistics` of two sets of rows together."""

    one: Statistics
    other: Statistics

    @property
    def rows(self) -> int:
        return self.one.rows + self.other.rows

    def nulls(self, column: str) -> int | None:
        counts = [each.nulls(column) for each in self._filled]
        return None if None in counts else sum(count for count in counts if count is not None)

    def bounds(self, column: str) -> tuple[Value, Value] | None:
        valued = [each for each in self._filled if each.nulls(column) != each.rows]
        found = [bounds for each in valued if (bounds := each.bounds(column)) is not None]
        if not found or len(found) < len(valued):
            return None
        return min(low for low, _ in found), max(high for _, high in found)

    @property
    def _filled(self) -> list[Statistics]:
        return [each for each in (self.one, self.other) if each.rows]


def _after(
    spark: "SparkSession", staged: Staged, intervals: Sequence[Interval], reader: TableReader, pin: Pin
) -> "DataFrame":
    """All rows of the table after the publish; a column that the live table lacks is NULL there."""
    from pyspark.sql import functions as F

    schema = staged.output.schema
    assert schema is not None, "contract.validate comes first"
    if any(staged.of(interval) for interval in intervals):
        relation = staged_relation(spark, staged, {})
        new = relation.frame
        if relation.label is not None:
            # Neither rows of no planned interval nor those that are split off are published.
            new = new.where(F.col(INTERVAL_DIRECTORY).isin([f"{KEPT}{i.label}" for i in intervals]))
    else:
        new = spark.createDataFrame([], schema.ddl)
    reading = Reading(run_id=staged.run_id, schema=schema)
    live = reader.scan(spark, staged.binding, pin, Input(staged.output.dataset), reading)
    live = with_nan(live).where(" AND ".join(_outside(staged.output, interval) for interval in intervals))
    names = schema.names
    return new.select(*map(identifier, names)).unionByName(
        live.select(*(identifier(name) for name in names if name in live.columns)), allowMissingColumns=True
    )


def _outside(output: Output, interval: Interval) -> str:
    """A predicate for rows that the publish of an interval leaves where they are; files are skipped by it."""
    assert output.schema is not None, "contract.validate comes first"
    time = output.schema.find(output.time or "")
    assert time is not None, "an interval has a time column"
    name = identifier(time.name)
    lower, upper = time_bounds(time, interval)
    return f"({name} IS NULL OR {name} < {literal(lower)} OR {name} >= {literal(upper)})"
