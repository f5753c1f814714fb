"""Quantiles as Great Expectations takes them: Spark's `approxQuantile`, its exact values in fewer passes."""

from collections.abc import Mapping, Sequence
from functools import partial

from framework.audit.aggregates import evaluate_apart
from framework.audit.relation import Relation, Scanned
from framework.checks.measure import Measure, Quantiles
from framework.contract.datatype import identifier
from framework.interval import Interval


def measure_quantiles(
    relation: Relation, wanted: Mapping[Quantiles, Sequence[Interval]], scanned: Scanned
) -> None:
    """Exact ones of the same rows in one pass for all intervals, others in one for each interval."""
    exact: dict[str, list[Quantiles]] = {}
    passes: dict[tuple[Interval, str, tuple[float, ...], float], list[Quantiles]] = {}
    for measure, intervals in wanted.items():
        if not measure.error:
            exact.setdefault(measure.where, []).append(measure)
            continue
        for interval in intervals:
            key = (interval, measure.where, measure.fractions, measure.error)
            passes.setdefault(key, []).append(measure)
    for measures in exact.values():
        among = tuple({interval for measure in measures for interval in wanted[measure]})
        evaluate_apart(relation, among, measures, partial(_exact, relation, among, scanned), scanned)
    for (interval, *_), measures in passes.items():
        evaluate_apart(
            relation, [interval], measures, partial(_approximate, relation, interval, scanned), scanned
        )


def _exact(
    relation: Relation, intervals: Sequence[Interval], scanned: Scanned, measures: Sequence[Measure]
) -> None:
    """The value at place ⌈fraction · n⌉, as `approxQuantile` has it at error 0: NULL and NaN are none."""
    from pyspark.sql import functions as F

    listed = [measure for measure in measures if isinstance(measure, Quantiles)]
    rows = relation.of(intervals).where(listed[0].where).groupBy(*relation.keys)
    values = [F.expr(_percentiles(measure)).alias(f"m{n}") for n, measure in enumerate(listed)]
    found = {relation.interval_of(row): row for row in rows.agg(*values).collect()}
    for interval in intervals:
        for n, measure in enumerate(listed):
            value = found[interval][f"m{n}"] if interval in found else None
            scanned.note(interval, measure, tuple(value or ()))


def _percentiles(measure: Quantiles) -> str:
    number = f"CAST({identifier(measure.column)} AS DOUBLE)"
    fractions = ", ".join(f"{fraction!r}D" for fraction in measure.fractions)
    return (
        f"percentile_disc(array({fractions})) WITHIN GROUP (ORDER BY {number}) "
        f"FILTER (WHERE NOT isnan({number}))"
    )


def _approximate(
    relation: Relation, interval: Interval, scanned: Scanned, measures: Sequence[Measure]
) -> None:
    listed = [measure for measure in measures if isinstance(measure, Quantiles)]
    first = listed[0]
    frame = relation.of([interval]).where(first.where)
    columns = [identifier(measure.column) for measure in listed]
    found = frame.approxQuantile(columns, list(first.fractions), first.error)
    for measure, values in zip(listed, found, strict=True):
        scanned.note(interval, measure, tuple(values))
