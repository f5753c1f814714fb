"""Many counts over columns of few values are made over the groups of equal values, not over the rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

from framework.audit.aggregates import measure_aggregates, require_rows
from framework.audit.relation import Relation, Scanned
from framework.checks.measure import Aggregate
from framework.contract.condition import find_names
from framework.contract.datatype import identifier
from framework.interval import Interval

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_MEASURES = 8
_WORK = 5_000_000
"""Counts, and counts times rows, from which on groups are made: that takes a pass over the rows as well."""
_GROUPS = 4_096
"""How many groups an interval may be thought to have."""
_SAMPLE = 2_000
"""Rows that are looked at to think so; to be wrong costs time and nothing else."""
_SEEN = 4
"""How often a value has to be in it on average, so that there are hardly others."""
_TOLD_APART = ("tinyint", "smallint", "int", "bigint", "boolean", "string", "date", "timestamp", "decimal(")
"""Types whose values are one group only when no predicate can tell them apart: no floats (-0.0 is 0.0), no
collations."""
_PURE = frozenset({"and", "or", "not", "in", "coalesce", "length", "min", "max", "unix_date", "unix_micros"})
"""What may stand before a bracket in a predicate that says the same of equal values, wherever they are."""
_SIZE = "rows of a group"

_Wanted = Mapping[Aggregate, Sequence[Interval]]


@dataclass(frozen=True, kw_only=True)
class _Groups:
    """Columns whose values are grouped together, and the counts that look at no others."""

    columns: set[str]
    counts: list[Aggregate] = field(default_factory=list)


def measure_counts(relation: Relation, wanted: _Wanted, scanned: Scanned) -> None:
    """Compute all of them: by groups where these are few, the rest in one aggregate over the rows."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    rest = dict(wanted)
    for groups in _grouped(relation, wanted):
        intervals = tuple({interval for measure in groups.counts for interval in wanted[measure]})
        try:
            _measure(relation, intervals, groups, scanned)
        except (PySparkException, Py4JError):
            continue  # the aggregate over the rows finds out which count is at fault
        for measure in groups.counts:
            del rest[measure]
    measure_aggregates(relation, rest, scanned)


def _grouped(relation: Relation, wanted: _Wanted) -> Iterator[_Groups]:
    """The columns to be grouped together, such that many counts share few groups."""
    rows = sum(relation.rows.get(each, 0) for each in set().union(*wanted.values()))
    if not rows:
        return  # or nobody has said how many
    least = max(_MEASURES, _WORK / rows)
    if len(wanted) < least:
        return
    by_columns: dict[frozenset[str], list[Aggregate]] = {}
    types = {name.lower(): kind for name, kind in relation.frame.dtypes}
    for measure in wanted:
        columns = _columns(measure, types)
        if columns:
            by_columns.setdefault(columns, []).append(measure)
    if sum(map(len, by_columns.values())) < least:
        return
    names = sorted(set().union(*by_columns))
    numbers = _distinct(relation.of(tuple(set().union(*wanted.values()))), names, rows)
    found: list[_Groups] = []
    for columns, measures in sorted(by_columns.items(), key=lambda each: -len(each[1])):
        if prod(numbers[name] for name in columns) > _GROUPS:
            continue
        for groups in found:
            if prod(numbers[name] for name in groups.columns | columns) <= _GROUPS:
                break
        else:
            groups = _Groups(columns=set())
            found.append(groups)
        groups.columns.update(columns)
        groups.counts.extend(measures)
    yield from (groups for groups in found if len(groups.counts) >= least)


def _columns(measure: Aggregate, types: Mapping[str, str]) -> frozenset[str]:
    """The columns that it looks at, perhaps more; none where groups of their values may not tell it."""
    sql = measure.sql if measure.repeatable else measure.counts
    if sql is None:
        return frozenset()
    names, called = find_names(sql)
    columns = names.intersection(types)
    plain = called <= _PURE and all(types[name].startswith(_TOLD_APART) for name in columns)
    return columns if plain and not any("collate" in types[name] for name in columns) else frozenset()


def _distinct(rows: "DataFrame", names: Iterable[str], count: int) -> Mapping[str, int]:
    """About how many values each column has, NULL among them; all rows where a sample has too many."""
    from pyspark.sql import functions as F

    hashes = [F.xxhash64(identifier(name)) for name in names]
    sample = rows.sample(fraction=min(1.0, _SAMPLE / count), seed=0).select(*hashes).collect()
    seen = [len(set(values)) for values in zip(*sample, strict=True)] or [1 for _ in names]
    few = len(sample) if count <= _SAMPLE else len(sample) / _SEEN
    return {name: number if number <= few else count for name, number in zip(names, seen, strict=True)}


def _measure(relation: Relation, intervals: Sequence[Interval], groups: _Groups, scanned: Scanned) -> None:
    from pyspark.sql import functions as F

    columns = [F.col(identifier(name)) for name in sorted(groups.columns)]
    made = relation.of(intervals).groupBy(*relation.keys, *columns).agg(F.count("*").alias(_SIZE))
    size = F.col(identifier(_SIZE))
    counts = [
        (
            F.expr(measure.sql)
            if measure.repeatable
            else F.sum(F.when(F.expr(str(measure.counts)), size).otherwise(0))
        ).alias(f"m{n}")
        for n, measure in enumerate(groups.counts)
    ]
    rows = made.groupBy(*relation.keys).agg(F.sum(size).alias("rows"), *counts).collect()
    found = {relation.interval_of(row): row for row in rows}
    for interval in intervals:
        row = found.get(interval)
        if row is not None and row["rows"] is None:
            row = None  # without keys there is a row of nothing
        require_rows(relation, interval, 0 if row is None else row["rows"])
        for n, measure in enumerate(groups.counts):
            scanned.note(interval, measure, measure.empty if row is None else row[f"m{n}"])
