"""Rules whose query finds the rows that break them: many queries and intervals are one Spark action."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import reduce
from typing import TYPE_CHECKING
from uuid import uuid4

from framework.audit.aggregates import evaluate_apart
from framework.audit.relation import Relation, Scanned
from framework.checks.measure import External, Measure
from framework.interval import Interval

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_AT_ONCE = 64
"""Counts in one action: Spark plans each of them by itself."""


def measure_queries(
    relation: Relation, wanted: Mapping[External, Sequence[Interval]], scanned: Scanned
) -> None:
    """How many rows each query finds among those of each interval; none is what holds.

    As Great Expectations counts them: `{batch}` is the rows of the interval, with the contract's columns.
    """
    if not wanted:
        return
    intervals = tuple(dict.fromkeys(interval for among in wanted.values() for interval in among))

    def count(measures: Sequence[Measure]) -> None:
        listed = [measure for measure in measures if isinstance(measure, External)]
        with ExitStack() as dropped:
            views = {each: _view(relation, each, dropped) for each in intervals}
            asked = [(measure, each) for measure in listed for each in wanted[measure]]
            for first in range(0, len(asked), _AT_ONCE):
                chunk = asked[first : first + _AT_ONCE]
                counts = [_count(relation, m, views[each], n) for n, (m, each) in enumerate(chunk)]
                for row in reduce(lambda one, other: one.unionAll(other), counts).collect():
                    measure, each = chunk[row["place"]]
                    scanned.note(each, measure, (row["rows"] == 0, None, None, row["rows"]))

    evaluate_apart(relation, intervals, list(wanted), count, scanned)


def _view(relation: Relation, interval: Interval, dropped: ExitStack) -> str:
    """The rows of an interval under a name that nobody else has, until the queries are done."""
    frame = relation.of([interval])
    if relation.label is not None:
        frame = frame.drop(relation.label)
    name = f"sparkjob_batch_{uuid4().hex}"
    frame.createOrReplaceTempView(name)
    dropped.callback(frame.sparkSession.catalog.dropTempView, name)
    return name


def _count(relation: Relation, measure: External, view: str, place: int) -> "DataFrame":
    from pyspark.sql import functions as F

    query: str = json.loads(measure.arguments)["unexpected_rows_query"]
    found = relation.frame.sparkSession.sql(query.rstrip("; \t\r\n\v\f").format(batch=view))
    return found.agg(F.count("*").alias("rows")).select(F.lit(place).alias("place"), "rows")
