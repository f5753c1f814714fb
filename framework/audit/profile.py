"""Profiles rows with Spark: an aggregate by interval, one of distinct values, and what needs more."""

from typing import TYPE_CHECKING

from framework.checks.measure import Measured
from framework.checks.profile import (
    ColumnProfile,
    Profile,
    distinct_aggregates,
    family_of_column,
    may_be_a_set,
    profile_aggregates,
)
from framework.checks.suggest import FEW
from framework.contract.datatype import identifier
from framework.contract.schema import Column, Schema
from framework.contract.types import Output
from framework.interval import Grain

if TYPE_CHECKING:
    from typing import Any

    from pyspark.sql import Column as SparkColumn
    from pyspark.sql import DataFrame, Row

_NEARLY = 0.9
"""Of about so many distinct values as rows with one, a column may be unique: the estimate is 5 % off."""


def profile_rows(
    frame: "DataFrame", schema: Schema, *, output: Output | None, grain: Grain | None, zone: str
) -> Profile | None:
    """The profile of `frame`; None when it has no rows. Of masked columns it has no value.

    `output` and `grain`: how its rows are told apart by interval, if they are.
    """
    from pyspark.sql import functions as F

    keys = _interval(output, schema, grain, zone)
    aggregates = [F.expr(sql).alias(name) for name, sql in profile_aggregates(schema).items()]
    parts = [row for row in frame.groupBy(*keys).agg(*aggregates).collect() if row["rows"]]
    if not parts:
        return None
    wanted = [F.expr(sql).alias(name) for name, sql in distinct_aggregates(schema).items()]
    distinct = frame.agg(*wanted).collect()[0].asDict() if wanted else {}
    few = [
        (n, column)
        for n, column in enumerate(schema.columns)
        if may_be_a_set(column) and 0 < distinct.get(f"c{n}", 0) <= FEW
    ]
    sets = [F.sort_array(F.collect_set(identifier(column.name))).alias(f"c{n}") for n, column in few]
    values = frame.agg(*sets).collect()[0].asDict() if sets else {}
    rows = sum(row["rows"] for row in parts)
    columns = []
    for number, column in enumerate(schema.columns):
        present = rows - sum(row[f"c{number}_nulls"] for row in parts)
        about = distinct.get(f"c{number}")
        unique = (
            about is not None and present > 1 and about >= _NEARLY * present and _is_unique(frame, column)
        )
        found = values.get(f"c{number}")
        few_values = None if found is None or len(found) > FEW else tuple(found)
        columns.append(_column(column, number, parts, few_values, unique=unique))
    return Profile(counts=tuple(sorted(row["rows"] for row in parts)), columns=tuple(columns))


def _interval(output: Output | None, schema: Schema, grain: Grain | None, zone: str) -> "list[SparkColumn]":
    """The unit interval of a row, in the calendar of its job."""
    from pyspark.sql import functions as F

    if output is None or output.time is None or grain is None:
        return []
    time, declared = F.col(identifier(output.time)), schema.find(output.time)
    if declared is not None and declared.type == "timestamp" and grain != "hour" and zone != "UTC":
        time = F.from_utc_timestamp(time, zone)
    return [F.date_trunc(grain, time)]


def _is_unique(frame: "DataFrame", column: Column) -> bool:
    name = identifier(column.name)
    doubled = frame.where(f"{name} IS NOT NULL").groupBy(name).count().where("count > 1")
    return doubled.isEmpty()


def _column(
    column: Column, number: int, parts: "list[Row]", values: tuple[Measured, ...] | None, *, unique: bool
) -> ColumnProfile:
    def of(what: str) -> "list[Any]":
        name = f"c{number}_{what}"
        return [row[name] for row in parts if name in row and row[name] is not None]

    nulls, lowest, shortest = of("nulls"), of("min"), of("short")
    return ColumnProfile(
        name=column.name,
        type=column.type,
        family=family_of_column(column),
        masked=column.masked,
        nulls=sum(nulls),
        null_share=max(row[f"c{number}_nulls"] / row["rows"] for row in parts),
        nans=sum(of("nans")),
        bounds=(min(lowest), max(of("max"))) if lowest else None,
        lengths=(min(shortest), max(of("long"))) if shortest else None,
        values=values,
        is_unique=unique,
    )
