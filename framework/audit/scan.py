"""What footers do not tell is read from the staged files: one aggregate, and a pass for each uniqueness."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from framework.checks.measure import ROWS, Aggregate, Duplicates, Measure, Measured
from framework.contract.columns import INTERVAL_DIRECTORY
from framework.contract.datatype import identifier
from framework.errors import FailedError
from framework.interval import Interval
from framework.stage.staged import OUTSIDE, Staged

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, Row, SparkSession

_AT_ONCE = 200
"""Expressions in one aggregate: the JVM does not compile methods beyond 64 KB of bytecode."""
_CAUSE = re.compile(r"^Caused by: ([\w.$]+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """Values by interval and measure; `reasons` why a measure could not be computed."""

    values: dict[Interval, dict[Measure, Measured]] = field(default_factory=dict)
    reasons: dict[Measure, str] = field(default_factory=dict)


def scan(
    spark: "SparkSession",
    staged: Staged,
    wanted: Mapping[Interval, Iterable[Measure]],
    rows: Mapping[Interval, int],
) -> Scanned:
    """Compute the wanted measures from the staged files, each pass for all intervals that want one.

    `rows` is what the footers say; each aggregate counts again. Raises `FailedError` when the
    counts differ; a storage error comes through as Spark's.
    """
    scanner = _Scanner(spark, staged, rows)
    measures: dict[Measure, list[Interval]] = {}
    for interval, listed in wanted.items():
        for measure in listed:
            measures.setdefault(measure, []).append(interval)
    aggregates = [measure for measure in measures if isinstance(measure, Aggregate)]
    for start in range(0, len(aggregates), _AT_ONCE):
        chunk = aggregates[start : start + _AT_ONCE]
        intervals = {interval for measure in chunk for interval in measures[measure]}
        scanner.aggregate(chunk, tuple(intervals))
    for measure, among in measures.items():
        if isinstance(measure, Duplicates):
            scanner.duplicates(measure, among)
    return scanner.scanned


class _Scanner:
    def __init__(self, spark: "SparkSession", staged: Staged, rows: Mapping[Interval, int]) -> None:
        self.scanned = Scanned(values={target.interval: {} for target in staged.targets})
        self._staged = staged
        self._rows = rows
        self._grouped = any(f"/{INTERVAL_DIRECTORY}=" in file.path for file in staged.files)
        self._intervals = {f"v{target.interval.label}": target.interval for target in staged.targets}
        self._readable = False
        self._frame = _read(spark, staged, grouped=self._grouped)

    def aggregate(self, measures: Sequence[Aggregate], intervals: Sequence[Interval]) -> None:
        """Compute together; when an expression is at fault, in halves, until it is alone."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            found = self._aggregate(measures, intervals)
        except (PySparkException, Py4JError) as error:
            self._probe(intervals, error)
            if len(measures) == 1:
                self.scanned.reasons[measures[0]] = f"Spark could not compute it ({_kind(error)})"
                return
            half = len(measures) // 2
            self.aggregate(measures[:half], intervals)
            self.aggregate(measures[half:], intervals)
            return
        for interval in intervals:
            self.scanned.values[interval].update(found.get(interval, {}))

    def _probe(self, intervals: Sequence[Interval], error: Exception) -> None:
        """Raise the error when the rows cannot be read at all, so that no expression is at fault."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import functions as F

        if self._readable:
            return
        frame = self._of(intervals)
        try:
            frame.agg(*(F.count(F.col(identifier(name))) for name in frame.columns)).collect()
        except (PySparkException, Py4JError):
            raise error from None
        self._readable = True

    def duplicates(self, measure: Duplicates, intervals: Sequence[Interval]) -> None:
        """Rows of groups of more than one, exact, NULL equal to NULL."""
        from pyspark.sql import functions as F

        keys = [F.col(identifier(name)) for name in measure.columns]
        label = [F.col(INTERVAL_DIRECTORY)] if self._grouped else []
        doubled = self._of(intervals).where(measure.where).groupBy(*label, *keys).agg(F.count("*").alias("n"))
        sums = doubled.where("n > 1").groupBy(*label).agg(F.sum("n").alias("n")).collect()
        found = {self._interval_of(row): row["n"] or 0 for row in sums}
        for interval in intervals:
            self.scanned.values[interval][measure] = found.get(interval, 0)

    def _aggregate(
        self, measures: Sequence[Aggregate], intervals: Sequence[Interval]
    ) -> dict[Interval, dict[Measure, Measured]]:
        from pyspark.sql import functions as F

        columns: list[Column] = [F.expr(m.sql).alias(f"m{n}") for n, m in enumerate(measures)]
        label = [F.col(INTERVAL_DIRECTORY)] if self._grouped else []
        counted = F.count("*").alias("rows")
        rows = self._of(intervals).groupBy(*label).agg(counted, *columns).collect()
        found: dict[Interval, dict[Measure, Measured]] = {}
        for row in rows:
            interval = self._interval_of(row)
            if row["rows"] != self._rows[interval]:
                footers = f"the footers of {interval} say {self._rows[interval]} rows"
                raise FailedError(f"{footers}, Spark read {row['rows']}", where=self._staged.output.dataset)
            found[interval] = {ROWS: row["rows"]}
            found[interval].update({m: row[f"m{n}"] for n, m in enumerate(measures)})
        return found

    def _of(self, intervals: Sequence[Interval]) -> "DataFrame":
        """The rows of these intervals: the directories of others are not even listed."""
        from pyspark.sql import functions as F

        if not self._grouped:
            return self._frame
        if len(intervals) == len(self._intervals):
            return self._frame.where(F.col(INTERVAL_DIRECTORY) != OUTSIDE)
        return self._frame.where(
            F.col(INTERVAL_DIRECTORY).isin([f"v{interval.label}" for interval in intervals])
        )

    def _interval_of(self, row: "Row") -> Interval:
        return (
            self._intervals[row[INTERVAL_DIRECTORY]]
            if self._grouped
            else next(iter(self._intervals.values()))
        )


def _read(spark: "SparkSession", staged: Staged, *, grouped: bool) -> "DataFrame":
    """All staged rows with explicit types, so that nothing is inferred and NOT NULL is not believed."""
    schema = staged.output.schema
    assert schema is not None, "contract.validate comes first"
    columns = [f"{identifier(column.name)} {column.type}" for column in schema.columns]
    if grouped:
        columns.append(f"{INTERVAL_DIRECTORY} string")
    reader = spark.read.schema(", ".join(columns))
    for name in ("ignoreCorruptFiles", "ignoreMissingFiles", "mergeSchema"):
        reader = reader.option(name, "false")
    if not grouped:
        reader = reader.option("recursiveFileLookup", "true")
    return reader.parquet(staged.binding.location.child(staged.directory).for_spark)


def _kind(error: Exception) -> str:
    """The error's class alone: its text may hold a row's values."""
    causes = _CAUSE.findall(str(error))
    return (
        str(causes[-1]) if causes else getattr(error, "getErrorClass", lambda: None)() or type(error).__name__
    )
