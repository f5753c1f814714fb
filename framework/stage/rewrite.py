"""What merging a batch makes of a table, as frames that are not yet computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from framework.checks.measure import Statistics
from framework.contract.argument import Value
from framework.contract.datatype import identifier
from framework.contract.schema import Column, Schema
from framework.contract.types import Output
from framework.tables.rewritable import WholeFile

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

GONE = "sparkjob_m_gone"
"""Column of an event: whether it says that its key is gone."""

NUMBER = "sparkjob_m_number"
"""Column of an event that no row shows: how many publishes had added such before."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ORDINALS = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), "CAST({0} AS BIGINT)"),
    "date": "CAST(unix_date({0}) AS BIGINT)",
    "timestamp": "unix_micros({0})",
    "timestamp_ntz": "unix_micros(CAST({0} AS TIMESTAMP))",
}
_BOUNDED = ("tinyint", "smallint", "int", "bigint", "date", "string")
"""Key columns by whose smallest and largest value files are left out (`tables.rewritable`)."""


@dataclass(frozen=True, kw_only=True)
class Extent:
    """What is known of a batch before anything of the table is read.

    `bounds`: of key columns. `lowest`: the smallest `ordinal`, None where there is none.
    """

    rows: int
    bounds: Mapping[str, tuple[object, object]]
    lowest: int | None


@dataclass(frozen=True, kw_only=True)
class Rewrite:
    """`rows` (None: there are none) take the place of all rows of the files `replaces`.

    `events`: those of the batch that none of the rows shows, None when there are none; `highest`: their
    largest `ordinal`. `cached`: what is kept until the rows are written.
    """

    rows: "DataFrame | None"
    replaces: Sequence[WholeFile]
    events: "DataFrame | None" = None
    highest: int | None = None
    cached: "Sequence[DataFrame]" = ()


def ordinal(output: Output) -> str:
    """SQL for a whole number in the order of `sequence_by`; NULL for types that have none."""
    column = output.schema.find(output.sequence_by or "") if output.schema else None
    assert column is not None, "contract.validate comes first"
    return _ORDINALS.get(column.type, "CAST(NULL AS BIGINT)").format(identifier(column.name))


def measure(batch: "DataFrame", statistics: Statistics, output: Output) -> Extent:
    """The extent of a batch; one Spark action where its footers do not tell."""
    from pyspark.sql import functions as F

    assert output.schema is not None, "contract.validate comes first"
    types = {column.name: column.type for column in output.schema.columns}
    bounded = [name for name in output.key if types[name] in _BOUNDED]
    told = _told(statistics, bounded, output.sequence_by or "")
    if told is not None:
        return told
    row = batch.agg(
        F.count("*"),
        F.expr(f"min({ordinal(output)})"),
        *(found for n in bounded for found in (F.min(identifier(n)), F.max(identifier(n)))),
    ).head()
    assert row is not None, "an aggregate has a row"
    pairs = zip(row[2::2], row[3::2], strict=True)
    return Extent(rows=row[0], lowest=row[1], bounds=dict(zip(bounded, pairs, strict=True)))


def _told(statistics: Statistics, bounded: Sequence[str], sequence_by: str) -> Extent | None:
    """The extent by footers alone; None where they leave something open."""
    if not statistics.rows:
        return Extent(rows=0, bounds={}, lowest=None)
    moments = statistics.bounds(sequence_by)
    lowest = None if moments is None else _ordinal(moments[0])
    bounds = {name: told for name in bounded if (told := statistics.bounds(name)) is not None}
    if lowest is None or len(bounds) < len(bounded):
        return None
    return Extent(rows=statistics.rows, bounds=bounds, lowest=lowest)


def _ordinal(value: Value) -> int | None:
    """What the SQL of `ordinal` makes of a value; None for types of which it makes NULL, or which differ."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=value.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)
    if isinstance(value, date):
        return (value - _EPOCH.date()).days
    return value if isinstance(value, int) else None


def event_schema(output: Output) -> Schema:
    """The columns of events that no row shows: a history needs whole rows, others when a key was gone."""
    assert output.schema is not None, "contract.validate comes first"
    if output.mode == "scd2":
        names = [name for name in output.schema.names if name not in output.validity]
    else:
        named = {*output.key, output.sequence_by, output.time}
        names = [name for name in output.schema.names if name in named]
    columns = [column for column in output.schema.columns if column.name in names]
    ours = (Column(name=GONE, type="boolean"), Column(name=NUMBER, type="int"))
    return Schema((*columns, *ours))


def gone(output: Output) -> str:
    """SQL for whether a row of a batch says that its key is gone."""
    return "false" if output.delete_when is None else f"coalesce(({output.delete_when}), false)"
