"""Rows to be looked at, by interval: staged files, a published table, an input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from framework.checks.measure import Measure, Measured
from framework.contract.columns import INTERVAL_DIRECTORY
from framework.contract.datatype import identifier
from framework.interval import Interval
from framework.stage.staged import KEPT, OUTSIDE, SPLIT, Staged

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, Row, SparkSession


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Rows of one or more intervals. `label`: the column that tells them apart, when there are several.

    `labels`: its values. `rows`: how many an interval has where footers say so; whoever counts
    others than these has not read the audited files. `name`: whose rows, for messages. `inputs`: of the
    job that makes them, by name, for rules that compare; with the same intervals, or with none.
    `masked`: columns whose values are never told.
    """

    frame: "DataFrame"
    labels: Mapping[str, Interval]
    name: str
    label: str | None = None
    rows: Mapping[Interval, int] = field(default_factory=dict)
    inputs: "Mapping[str, Relation]" = field(default_factory=dict)
    masked: frozenset[str] = frozenset()

    @property
    def keys(self) -> "list[Column]":
        """What to group by, so that each interval is measured by itself."""
        from pyspark.sql import functions as F

        return [] if self.label is None else [F.col(self.label)]

    def of(self, intervals: Sequence[Interval]) -> "DataFrame":
        """The rows of these intervals: the directories of others are not even listed."""
        from pyspark.sql import functions as F

        if self.label is None:
            return self.frame
        wanted = [label for label, interval in self.labels.items() if interval in intervals]
        if len(wanted) == len(self.labels):
            return self.frame.where(F.col(self.label) != OUTSIDE)
        return self.frame.where(F.col(self.label).isin(wanted))

    def interval_of(self, row: "Row") -> Interval:
        """The interval that a result row grouped by `keys` is about."""
        return next(iter(self.labels.values())) if self.label is None else self.labels[row[self.label]]


NO_INPUTS: Mapping[str, Relation] = MappingProxyType({})
"""Of rows that are compared with nothing."""


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """Values by interval and measure; `reasons` why a measure could not be computed."""

    values: dict[Interval, dict[Measure, Measured]] = field(default_factory=dict)
    reasons: dict[Measure, str] = field(default_factory=dict)

    def note(self, interval: Interval, measure: Measure, value: Measured) -> None:
        """Remember one value."""
        self.values.setdefault(interval, {})[measure] = value


def staged_relation(spark: "SparkSession", staged: Staged, rows: Mapping[Interval, int]) -> Relation:
    """All staged rows with explicit types, so that nothing is inferred and NOT NULL is not believed."""
    schema = staged.output.schema
    assert schema is not None, "contract.validate comes first"
    grouped = any(f"/{INTERVAL_DIRECTORY}=" in file.path for file in (*staged.files, *staged.split))
    columns = [f"{identifier(column.name)} {column.type}" for column in schema.columns]
    if grouped:
        columns.append(f"{INTERVAL_DIRECTORY} string")
    reader = spark.read.schema(", ".join(columns))
    for name in ("ignoreCorruptFiles", "ignoreMissingFiles", "mergeSchema"):
        reader = reader.option(name, "false")
    if not grouped:
        reader = reader.option("recursiveFileLookup", "true")
    frame = reader.parquet(staged.binding.stage.child(staged.directory).for_spark)
    if staged.split:
        frame = frame.where(f"{INTERVAL_DIRECTORY} NOT LIKE '{SPLIT}%'")
    return Relation(
        frame=frame,
        labels={f"{KEPT}{target.interval.label}": target.interval for target in staged.targets},
        name=staged.output.dataset,
        label=INTERVAL_DIRECTORY if grouped else None,
        rows=rows,
    )
