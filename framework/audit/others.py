"""What compares the rows with inputs: which of theirs are missing there, and aggregates over inputs."""

from collections.abc import Mapping, Sequence
from functools import partial, reduce
from typing import TYPE_CHECKING

from framework.audit.aggregates import evaluate_apart, measure_aggregates
from framework.audit.relation import Relation, Scanned
from framework.checks.domain import both
from framework.checks.measure import Aggregate, Measure, OfInput, Unmatched
from framework.checks.missing import kept_predicate
from framework.contract.datatype import identifier
from framework.interval import Interval

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def measure_unmatched(
    relation: Relation, wanted: Mapping[Unmatched, Sequence[Interval]], scanned: Scanned
) -> None:
    """Join the rows with the distinct values of the inputs: all of them in one Spark action."""
    there = []
    for measure in wanted:
        if measure.input in relation.inputs:
            there.append(measure)
        else:
            scanned.reasons[measure] = _absent(measure.input)
    if there:
        intervals = tuple(dict.fromkeys(interval for measure in there for interval in wanted[measure]))
        evaluate_apart(relation, intervals, there, partial(_unmatched, relation, intervals, scanned), scanned)
    for measure in there:
        if measure in scanned.reasons:
            _require_readable(relation.inputs[measure.input], measure.input_columns)


def measure_inputs(
    relation: Relation, wanted: Mapping[OfInput, Sequence[Interval]], scanned: Scanned
) -> None:
    """Compute the aggregates over each input in one pass over it, by the intervals of the rows."""
    by_input: dict[str, list[OfInput]] = {}
    for measure in wanted:
        by_input.setdefault(measure.input, []).append(measure)
    for name, measures in by_input.items():
        other = relation.inputs.get(name)
        intervals = {interval for measure in measures for interval in wanted[measure]}
        if other is None or not intervals <= set(other.labels.values()):
            lacking = _absent(name) if other is None else f"{other.name} is not told apart by these intervals"
            scanned.reasons.update(dict.fromkeys(measures, lacking))
            continue
        same = {measure: Aggregate(sql=measure.sql, empty=measure.empty) for measure in measures}
        found = Scanned()
        measure_aggregates(other, {same[measure]: wanted[measure] for measure in measures}, found)
        for measure, aggregate in same.items():
            if aggregate in found.reasons:
                scanned.reasons[measure] = found.reasons[aggregate]
                continue
            for interval in wanted[measure]:
                scanned.note(interval, measure, found.values[interval][aggregate])


def _require_readable(other: Relation, columns: Sequence[str]) -> None:
    """Raise Spark's error when it is the input that cannot be read, so that no rule is at fault."""
    from pyspark.sql import functions as F

    other.frame.agg(*(F.count(F.col(identifier(column))) for column in columns)).collect()


def _absent(name: str) -> str:
    return f'the input "{name}" is not there'


def _unmatched(
    relation: Relation, intervals: Sequence[Interval], scanned: Scanned, measures: Sequence[Measure]
) -> None:
    from pyspark.sql import functions as F

    listed = [measure for measure in measures if isinstance(measure, Unmatched)]
    counts = [_count(relation, intervals, measure, number) for number, measure in enumerate(listed)]
    found = {
        (relation.interval_of(row), row["measure"]): int(row["rows"])
        for row in reduce(lambda one, other: one.unionByName(other), counts)
        .where(F.col("rows") > 0)
        .collect()
    }
    for interval in intervals:
        for number, measure in enumerate(listed):
            scanned.note(interval, measure, found.get((interval, number), 0))


def _count(relation: Relation, intervals: Sequence[Interval], measure: Unmatched, number: int) -> "DataFrame":
    """The unmatched rows by interval. The rows' columns are renamed: the two sides may share names."""
    from pyspark.sql import functions as F

    places = range(len(measure.columns))
    ours = relation.of(intervals).where(both(measure.where, kept_predicate(measure.columns, "all")))
    ours = ours.select(
        *relation.keys,
        *(F.col(identifier(column)).alias(f"sparkjob_o{n}") for n, column in enumerate(measure.columns)),
    )
    theirs = relation.inputs[measure.input].frame.select(
        *(F.col(identifier(column)).alias(f"sparkjob_i{n}") for n, column in enumerate(measure.input_columns))
    )
    equal = reduce(
        lambda one, other: one & other, (F.col(f"sparkjob_o{n}") == F.col(f"sparkjob_i{n}") for n in places)
    )
    left = ours.join(theirs.distinct(), equal, "left_anti")
    counted = left.groupBy(*relation.keys).agg(F.count("*").alias("rows"))
    return counted.withColumn("measure", F.lit(number))
