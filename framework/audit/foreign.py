"""Rows that this run did not stage, whoever wrote their files: a published table, an input."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from framework.audit.relation import Relation
from framework.contract.columns import INTERVAL_DIRECTORY
from framework.contract.datatype import identifier
from framework.contract.types import Output
from framework.interval import Interval
from framework.stage.layout import render_label
from framework.stage.staged import KEPT

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType

_UNMASKED: frozenset[str] = frozenset()


def whole_relation(
    frame: "DataFrame", interval: Interval, name: str, masked: frozenset[str] = _UNMASKED
) -> Relation:
    """All rows of `frame`, as those of one interval."""
    return Relation(frame=with_nan(frame), labels={"": interval}, name=name, masked=masked)


def relation_by_interval(
    frame: "DataFrame",
    producer: Output,
    intervals: Sequence[Interval],
    name: str,
    masked: frozenset[str] = _UNMASKED,
) -> Relation:
    """The rows of `frame`, told apart by the time column of the output that they were published as."""
    label = f"{render_label(producer, intervals)} AS {INTERVAL_DIRECTORY}"
    return Relation(
        frame=with_nan(frame).selectExpr("*", label),
        labels={f"{KEPT}{interval.label}": interval for interval in intervals},
        name=name,
        label=INTERVAL_DIRECTORY,
        masked=masked,
    )


def with_nan(frame: "DataFrame") -> "DataFrame":
    """The same rows, whose floats no filter looks up in the statistics of files.

    Arrow (and so delta-rs, when it compacts) leaves NaN out of a column's bounds. Spark believes them,
    and skips the rows that `x > 5` finds: NaN is the largest value. Filters on other columns are still
    handed to the files.
    """
    from pyspark.sql import functions as F

    columns = [
        _opaque(F.col(identifier(field.name)), field.dataType).alias(field.name)
        for field in frame.schema.fields
    ]
    return frame.select(*columns)


def _opaque(column: "Column", type_: "DataType") -> "Column":
    """The column, its floats (those of a STRUCT too) by an expression that Spark hands to no file."""
    from pyspark.sql import functions as F
    from pyspark.sql.types import DoubleType, FloatType, StructType

    if isinstance(type_, DoubleType | FloatType):
        return F.nanvl(column, F.lit("NaN").cast(type_))
    if isinstance(type_, StructType):
        for field in type_.fields:
            name = identifier(field.name)
            value = column.getField(field.name)
            if _has_floats(field.dataType):
                column = column.withField(name, _opaque(value, field.dataType))
    return column


def _has_floats(type_: "DataType") -> bool:
    from pyspark.sql.types import DoubleType, FloatType, StructType

    if isinstance(type_, StructType):
        return any(_has_floats(field.dataType) for field in type_.fields)
    return isinstance(type_, DoubleType | FloatType)
