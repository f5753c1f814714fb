"""Directories of a stage: SQL that computes their labels, and what a path says about its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from framework.contract.columns import INTERVAL_DIRECTORY, VALUE_DIRECTORY
from framework.contract.datatype import identifier
from framework.contract.types import Output
from framework.interval import Interval
from framework.stage.staged import KEPT, OUTSIDE, SPLIT

_TEXTS = {"timestamp": "date_format({0}, \"yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'\")"}
"""Partition values as Delta's protocol writes them, where a cast to STRING is not that already."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the rows of one output are laid out below the stage's directory.

    `columns`: directory column → the SQL that computes its text. `values`: directory column → the
    table's partition column that it holds. `day`: the partition column, a DATE, whose value is the
    interval's day, so that no directory is needed for it.
    """

    columns: Mapping[str, str]
    intervals: tuple[Interval, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    day: str | None = None

    def interval_of(self, path: str) -> Interval | None:
        """The interval of a file's rows; None for those outside all planned ones."""
        label = _labels(path).get(INTERVAL_DIRECTORY)
        if label is None:
            return self.intervals[0]
        return next((i for i in self.intervals if label in (KEPT + i.label, SPLIT + i.label)), None)

    def is_split(self, path: str) -> bool:
        """Whether a file's rows break a rule and are split off."""
        return _labels(path).get(INTERVAL_DIRECTORY, "").startswith(SPLIT)

    def partition_of(self, path: str) -> dict[str, str | None]:
        """The table's partition values of a file, as text; None for NULL and for an unknown day."""
        labels, interval = _labels(path), self.interval_of(path)
        found = {
            column: None if labels[name] == "n" else labels[name][1:] for name, column in self.values.items()
        }
        if self.day is not None:
            found[self.day] = None if interval is None else interval.first_day.isoformat()
        return found


def plan_layout(output: Output, intervals: Sequence[Interval], *, broken: str | None = None) -> Layout:
    """The directories that the rows of these neighbouring unit intervals need: as few as tell them apart.

    A table that is partitioned by its DATE time column tells intervals by that; any other interval
    table needs the label, also of a single interval, because its files are found by it later. Rows
    for which the predicate `broken` is true have a label of their own.
    """
    units = tuple(intervals)
    grain = units[0].grain
    by_day = (
        grain == "day" and _type(output, output.time) == "date" and output.time in output.partition_columns
    )
    by_date = _type(output, output.time) == "date" and output.time in output.partition_columns
    columns = {}
    if broken is not None or (grain is not None and (len(units) > 1 or not by_date)):
        columns[INTERVAL_DIRECTORY] = render_label(output, units, broken=broken)
    held = [name for name in output.partition_columns if not (by_day and name == output.time)]
    values = {f"{VALUE_DIRECTORY}{number}": name for number, name in enumerate(held)}
    columns |= {directory: _render_value(output, name) for directory, name in values.items()}
    return Layout(columns=columns, intervals=units, values=values, day=output.time if by_day else None)


def plan_returned(output: Output, intervals: Sequence[Interval]) -> Layout:
    """The directories of rows that are yet to be merged: what tells those of no planned interval apart."""
    units = tuple(intervals)
    columns = {} if units[0].is_whole else {INTERVAL_DIRECTORY: render_label(output, units)}
    return Layout(columns=columns, intervals=units)


def plan_merged(output: Output, interval: Interval) -> Layout:
    """The directories of merged rows: one for each combination of partition values, whatever the interval."""
    values = {f"{VALUE_DIRECTORY}{number}": name for number, name in enumerate(output.partition_columns)}
    columns = {directory: _render_value(output, name) for directory, name in values.items()}
    return Layout(columns=columns, intervals=(interval,), values=values)


def render_label(output: Output, intervals: Sequence[Interval], *, broken: str | None = None) -> str:
    """SQL for the label of a row's unit interval in the calendar of its zone; `outside` if not planned.

    A NULL time is outside, whether the row is `broken` or not. The session's time zone must be UTC
    (`settings.MEANING`).
    """
    # A predicate that is NULL is not true.
    letter = f"'{KEPT}'" if broken is None else f"CASE WHEN {broken} THEN '{SPLIT}' ELSE '{KEPT}' END"
    unit = intervals[0]
    if unit.is_whole:
        return f"concat({letter}, '{unit.label}')"
    column = identifier(output.time or "")
    if unit.grain == "hour":
        label = f"date_format({column}, \"yyyy-MM-dd'T'HH00'Z'\")"
    else:
        local = column
        if _type(output, output.time) != "date" and unit.zone != "UTC":
            local = f"from_utc_timestamp({column}, '{unit.zone}')"
        label = f"date_format({local}, '{'yyyy-MM-dd' if unit.grain == 'day' else 'yyyy-MM'}')"
    planned = ", ".join(f"'{interval.label}'" for interval in intervals)
    return f"CASE WHEN {label} IN ({planned}) THEN concat({letter}, {label}) ELSE '{OUTSIDE}' END"


def _render_value(output: Output, name: str) -> str:
    text = _TEXTS.get(_type(output, name), "CAST({0} AS STRING)").format(identifier(name))
    return f"CASE WHEN {identifier(name)} IS NULL THEN 'n' ELSE concat('v', {text}) END"


def _labels(path: str) -> dict[str, str]:
    """Directory columns of a path. Spark escapes ASCII signs by `%` and their code, as URLs do."""
    pairs = (part.partition("=") for part in path.split("/")[:-1] if "=" in part)
    return {name: unquote(label) for name, _, label in pairs}


def _type(output: Output, name: str | None) -> str:
    column = output.schema.find(name) if output.schema is not None and name is not None else None
    return "" if column is None else column.type
