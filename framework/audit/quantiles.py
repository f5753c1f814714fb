"""Quantiles as Great Expectations takes them: Spark's `approxQuantile`, one pass for each interval."""

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
    """Compute the quantiles of all columns of the same rows, fractions and error in one pass."""
    passes: dict[tuple[Interval, str, tuple[float, ...], float], list[Quantiles]] = {}
    for measure, intervals in wanted.items():
        for interval in intervals:
            key = (interval, measure.where, measure.fractions, measure.error)
            passes.setdefault(key, []).append(measure)
    for (interval, *_), measures in passes.items():
        evaluate_apart(
            relation, [interval], measures, partial(_quantiles, relation, interval, scanned), scanned
        )


def _quantiles(relation: Relation, interval: Interval, scanned: Scanned, measures: Sequence[Measure]) -> None:
    listed = [measure for measure in measures if isinstance(measure, Quantiles)]
    first = listed[0]
    frame = relation.of([interval]).where(first.where)
    columns = [identifier(measure.column) for measure in listed]
    found = frame.approxQuantile(columns, list(first.fractions), first.error)
    for measure, values in zip(listed, found, strict=True):
        scanned.note(interval, measure, tuple(values))
