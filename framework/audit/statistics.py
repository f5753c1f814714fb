"""What the footers of one interval's files say together, where they say it exactly."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from framework.contract.argument import Value
from framework.contract.datatype import DataType, Primitive
from framework.contract.datatype import Decimal as DecimalType
from framework.contract.schema import Schema

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData, Statistics

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FooterStatistics:
    """`checks.measure.Statistics` from footers whose columns are those of the schema.

    Never bounds of floats (NaN is left out of them, or is one) or of strings (they may be cut);
    nothing of a column where one row group has no statistics.
    """

    def __init__(self, footers: Sequence["FileMetaData"], schema: Schema) -> None:
        self._footers = footers
        self._types = {column.name: column.datatype for column in schema.columns}
        self._columns: dict[str, list[Statistics] | None] = {}
        self._places: list[dict[str, int]] | None = None
        self.rows: int = sum(footer.num_rows for footer in footers)

    def nulls(self, column: str) -> int | None:
        """Exact number of NULLs; None when a row group does not say, or the column is nested."""
        groups = self._groups(column)
        if groups is None or not all(group.has_null_count for group in groups):
            return None
        return sum(int(group.null_count) for group in groups)

    def bounds(self, column: str) -> tuple[Value, Value] | None:
        """Exact smallest and largest value of an integer, date, decimal or timestamp column."""
        datatype = self._types.get(column)
        groups = self._groups(column)
        if datatype is None or groups is None:
            return None
        filled = [group for group in groups if not (group.has_null_count and group.num_values == 0)]
        if not filled or not all(group.has_min_max for group in filled):
            return None
        try:
            lowest = [parse_raw(group.min_raw, datatype) for group in filled]
            highest = [parse_raw(group.max_raw, datatype) for group in filled]
        except OverflowError:  # beyond Python's calendar
            return None
        if None in lowest or None in highest:
            return None
        return min(lowest), max(highest)  # type: ignore[type-var, return-value]  # of one type, not None

    def _groups(self, column: str) -> "list[Statistics] | None":
        """The statistics of each row group that has rows; None when one has none."""
        if column not in self._columns:
            self._columns[column] = self._load(column)
        return self._columns[column]

    def _load(self, column: str) -> "list[Statistics] | None":
        found: list[Statistics] = []
        for footer, places in zip(self._footers, self._placed(), strict=True):
            place = places.get(column)
            if place is None:
                return None
            for number in range(footer.num_row_groups):
                group = footer.row_group(number)
                if group.num_rows == 0:
                    continue
                statistics = group.column(place).statistics
                if statistics is None:
                    return None
                found.append(statistics)
        return found

    def _placed(self) -> list[dict[str, int]]:
        """Of each footer: one of thousands of columns is walked once, and only when one is asked for."""
        if self._places is None:
            self._places = [_flat_columns(footer) for footer in self._footers]
        return self._places


def _flat_columns(footer: "FileMetaData") -> dict[str, int]:
    """The places of the flat columns among the leaves, by name."""
    schema = footer.schema
    found: dict[str, int] = {}
    for number in range(footer.num_columns):
        leaf = schema.column(number)
        if leaf.path == leaf.name and leaf.max_repetition_level == 0 and leaf.max_definition_level <= 1:
            found.setdefault(leaf.name, number)
    return found


def parse_raw(raw: object, type_: DataType) -> Value | None:
    """A value of a Parquet statistic as Python's; None for types whose bounds are not used.

    Encodings: Parquet format, «Logical types» (dates are days, timestamps microseconds since
    1970, decimals unscaled integers, big-endian where they are bytes).
    """
    if isinstance(type_, DecimalType):
        unscaled = int.from_bytes(raw, "big", signed=True) if isinstance(raw, bytes) else raw
        return Decimal(f"{unscaled}E-{type_.scale}") if isinstance(unscaled, int) else None
    if not isinstance(type_, Primitive) or not isinstance(raw, int) or type_.name not in _READ:
        return None
    return _READ[type_.name](raw)


_READ: dict[str, Callable[[int], Value]] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), int),
    "date": lambda days: date(1970, 1, 1) + timedelta(days=days),
    "timestamp": lambda micros: _EPOCH + timedelta(microseconds=micros),
    "timestamp_ntz": lambda micros: (_EPOCH + timedelta(microseconds=micros)).replace(tzinfo=None),
}
