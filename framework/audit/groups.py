"""Aggregates over groups of rows of equal values: a pass for each set of columns, exact."""

from collections.abc import Mapping, Sequence
from functools import partial

from framework.audit.aggregates import evaluate_apart
from framework.audit.relation import Relation, Scanned
from framework.checks.measure import Grouped, Measure
from framework.contract.datatype import identifier
from framework.interval import Interval


def measure_groups(
    relation: Relation, wanted: Mapping[Grouped, Sequence[Interval]], scanned: Scanned
) -> None:
    """Compute all measures of the same columns and rows in one pass, NULL equal to NULL."""
    passes: dict[tuple[tuple[str, ...], str], list[Grouped]] = {}
    for measure in wanted:
        passes.setdefault((measure.columns, measure.where), []).append(measure)
    for measures in passes.values():
        intervals = tuple({interval for measure in measures for interval in wanted[measure]})
        compute = partial(_group, relation, intervals, scanned)
        if all(measure.repeated for measure in measures):
            compute = partial(_screen, relation, intervals, scanned)
        evaluate_apart(relation, intervals, measures, compute, scanned)


def _screen(
    relation: Relation, intervals: Sequence[Interval], scanned: Scanned, measures: Sequence[Measure]
) -> None:
    """Where all hashes differ all values do, exactly; elsewhere the groups are made.

    Equal values have equal hashes, -0.0 and 0.0 too (Spark's `XxHash64Function`); the hash leaves NULLs
    out, so that (1, NULL) and (NULL, 1) have one, which costs no more than the other pass.
    """
    from pyspark.sql import functions as F

    listed = [measure for measure in measures if isinstance(measure, Grouped)]
    columns = [identifier(name) for name in listed[0].columns]
    rows = relation.of(intervals).where(listed[0].where)
    doubtful = list(intervals)
    if not any("map<" in kind for _, kind in rows.select(*columns).dtypes):  # maps have no hash
        counts = (F.count("*").alias("rows"), F.count_distinct(F.xxhash64(*columns)).alias("hashes"))
        found = rows.groupBy(*relation.keys).agg(*counts).collect()
        doubtful = [relation.interval_of(row) for row in found if row["rows"] != row["hashes"]]
        for interval in intervals:
            for measure in listed:
                if interval not in doubtful:
                    scanned.note(interval, measure, measure.empty)
    if doubtful:
        _group(relation, doubtful, scanned, listed)


def _group(
    relation: Relation, intervals: Sequence[Interval], scanned: Scanned, measures: Sequence[Measure]
) -> None:
    from pyspark.sql import functions as F

    listed = [measure for measure in measures if isinstance(measure, Grouped)]
    columns, where = listed[0].columns, listed[0].where
    keys = [F.col(identifier(name)).alias(f"k{n}") for n, name in enumerate(columns)]
    groups = relation.of(intervals).where(where).groupBy(*relation.keys, *keys).agg(F.count("*").alias("n"))
    values = [F.expr(measure.sql).alias(f"m{n}") for n, measure in enumerate(listed)]
    found = {relation.interval_of(row): row for row in groups.groupBy(*relation.keys).agg(*values).collect()}
    for interval in intervals:
        for n, measure in enumerate(listed):
            value = None if interval not in found else found[interval][f"m{n}"]
            scanned.note(interval, measure, measure.empty if value is None else value)
