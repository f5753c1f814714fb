"""Aggregates over the rows: all of them in one, and those that need the values of others in a second."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from framework.audit.relation import Relation, Scanned
from framework.checks.measure import ROWS, Aggregate, Derived, Measure, Measured
from framework.checks.sql import literal
from framework.contract.datatype import identifier
from framework.errors import FailedError
from framework.interval import Interval
from framework.stage.sparkerror import condition_of, thrown_by

if TYPE_CHECKING:
    from pyspark.sql import Row

_AT_ONCE = 96
"""The weight of one aggregate.

Spark generates code for at most 100 fields (`spark.sql.codegen.maxFields`), and the JVM compiles no
method beyond 8,000 bytes (`DontCompileHugeMethods`): more than either costs about ten times as much a
rule. A comparison makes 30 to 75 bytes of the method that calls for all of them (docs/decisions/0021).
"""
_OPERANDS = re.compile(r" (?:AND|OR|WHEN|WHERE) ")
_ONE_FIELD = re.compile(r"(?:count|count_if|min|max)\(")
_NAME = re.compile(r"`(?:[^`]|``)+`")


def measure_aggregates(
    relation: Relation, wanted: Mapping[Aggregate, Sequence[Interval]], scanned: Scanned
) -> None:
    """Compute all of them in one aggregate, grouped by interval; those that slow others down in one more."""
    for measures in ([m for m in wanted if not m.apart], [m for m in wanted if m.apart]):
        _measure_together(relation, measures, wanted, scanned)


def _measure_together(
    relation: Relation,
    measures: Sequence[Aggregate],
    wanted: Mapping[Aggregate, Sequence[Interval]],
    scanned: Scanned,
) -> None:
    for chunk in _chunks(measures):
        intervals = tuple({interval for measure in chunk for interval in wanted[measure]})
        evaluate_apart(relation, intervals, chunk, partial(_aggregate, relation, intervals, scanned), scanned)


def measure_derived(
    relation: Relation,
    wanted: Mapping[Derived, Sequence[Interval]],
    known: Mapping[Interval, Mapping[Measure, Measured]],
    scanned: Scanned,
) -> None:
    """Make the SQL of each for each interval, and compute all of it in one aggregate."""
    expressions: dict[Aggregate, list[tuple[Derived, Interval]]] = {}
    for measure, intervals in wanted.items():
        for interval in intervals:
            values = {**known.get(interval, {}), **scanned.values.get(interval, {})}
            lacking = [base for base in measure.of if base not in values]
            if lacking:
                scanned.reasons[measure] = scanned.reasons.get(lacking[0], "it was not measured")
                continue
            sql = measure.sql(*(values[base] for base in measure.of))
            if sql is None:
                scanned.note(interval, measure, measure.empty)
            else:
                expression = Aggregate(sql=_only_of(relation, interval, sql, measure.where))
                expressions.setdefault(expression, []).append((measure, interval))
    for chunk in _chunks(list(expressions)):
        found = Scanned()
        intervals = tuple({interval for each in chunk for _, interval in expressions[each]})
        whole = Relation(frame=relation.of(intervals), labels={"": intervals[0]}, name=relation.name)
        evaluate_apart(whole, intervals, chunk, partial(_aggregate, whole, intervals[:1], found), found)
        for each in chunk:
            for measure, interval in expressions[each]:
                if each in found.reasons:
                    scanned.reasons[measure] = found.reasons[each]
                else:
                    scanned.note(interval, measure, found.values[intervals[0]][each])


def _chunks(measures: Sequence[Aggregate]) -> list[list[Aggregate]]:
    """Those that fit into one aggregate; where there are several, each reads as few columns as can be."""
    weights = {measure: _weight(measure.sql) for measure in measures}
    if sum(weights.values()) > _AT_ONCE:
        measures = sorted(measures, key=lambda measure: _NAME.findall(measure.sql)[:1])
    chunks: list[list[Aggregate]] = []
    filled = _AT_ONCE
    for measure in measures:
        if filled + weights[measure] > _AT_ONCE:
            chunks.append([])
            filled = 0
        chunks[-1].append(measure)
        filled += weights[measure]
    return chunks


def _weight(sql: str) -> int:
    """Comparisons of an aggregate, or the fields of its buffer where these are more."""
    return max(1 + len(_OPERANDS.findall(sql)), 1 if _ONE_FIELD.match(sql) else 3)


def evaluate_apart(
    relation: Relation,
    intervals: Sequence[Interval],
    measures: Sequence[Measure],
    compute: Callable[[Sequence[Measure]], None],
    scanned: Scanned,
) -> None:
    """Compute together; when an expression is at fault, in halves, until it is alone.

    Raises Spark's error when the rows cannot be read at all, so that no expression is at fault.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        compute(measures)
    except (PySparkException, Py4JError) as error:
        _probe(relation, intervals, error)
        if len(measures) == 1:
            scanned.reasons[measures[0]] = f"Spark could not compute it ({_kind(error)})"
            return
        half = len(measures) // 2
        evaluate_apart(relation, intervals, measures[:half], compute, scanned)
        evaluate_apart(relation, intervals, measures[half:], compute, scanned)


def _aggregate(
    relation: Relation, intervals: Sequence[Interval], scanned: Scanned, measures: Iterable[Aggregate]
) -> None:
    from pyspark.sql import functions as F

    listed = list(measures)
    columns = [F.expr(_summed(measure)).alias(f"m{n}") for n, measure in enumerate(listed)]
    counted = F.count("*").alias("rows")
    found: dict[Interval, Row] = {}
    for each in relation.of(intervals).groupBy(*relation.keys).agg(counted, *columns).collect():
        found[relation.interval_of(each)] = each
    for interval in intervals:
        row = found.get(interval)
        count = 0 if row is None else row["rows"]
        require_rows(relation, interval, count)
        scanned.note(interval, ROWS, count)
        for n, measure in enumerate(listed):
            value = measure.empty if row is None else row[f"m{n}"]
            if measure.counts is not None:
                value = int(value) if isinstance(value, float) else 0
            scanned.note(interval, measure, value)


def _summed(measure: Aggregate) -> str:
    """Its SQL; a count as a sum of doubles, exact below 2 ** 53 rows.

    In ANSI mode a count looks for an overflow at every row: six times as much (docs/decisions/0021).
    """
    return measure.sql if measure.counts is None else f"sum(IF({measure.counts}, 1D, 0D))"


def require_rows(relation: Relation, interval: Interval, count: int) -> None:
    """Raise `FailedError` when Spark has read another number of rows than the footers say."""
    if count != relation.rows.get(interval, count):
        footers = f"the footers of {interval} say {relation.rows[interval]} rows"
        raise FailedError(f"{footers}, Spark read {count}", where=relation.name)


def _only_of(relation: Relation, interval: Interval, sql: str, where: str) -> str:
    if relation.label is not None:
        label = next(label for label, each in relation.labels.items() if each == interval)
        where = f"({where}) AND {identifier(relation.label)} = {literal(label)}"
    return f"{sql} FILTER (WHERE {where})"


def _probe(relation: Relation, intervals: Sequence[Interval], error: Exception) -> None:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import functions as F

    frame = relation.of(intervals)
    try:
        frame.agg(*(F.count(F.col(identifier(name))) for name in frame.columns)).collect()
    except (PySparkException, Py4JError):
        raise error from None


def _kind(error: Exception) -> str:
    """Spark's condition or the class of the innermost exception: a text may hold a row's values."""
    thrown = [each.classes[0] for each in thrown_by(error) if each.classes]
    return condition_of(error) or (thrown[-1] if thrown else type(error).__name__)
