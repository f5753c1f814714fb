"""Merged tables for the tests: one batch a run, and plain Python that says what must come out."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from framework import Interval, Job, Output
from framework.audit.audit import audit
from framework.audit.audited import Audited
from framework.contract.modes import returned_output
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.errors import Where
from framework.generation import Fingerprint
from framework.interval import parse_interval
from framework.plan.steps import Build, Target
from framework.publish.delta.publisher import DeltaPublisher
from framework.publish.protocol import Receipt
from framework.stage.conform import conform
from framework.stage.merging import merge_staged
from framework.stage.write import stage_returned
from framework.tables.delta.reader import DeltaReader
from framework.tables.rewritable import open_rewritable

RETURNED = "at TIMESTAMP, id INT, seq INT, op STRING, name STRING, note STRING"
DAYS = tuple(parse_interval(f"2013-01-0{n}") for n in range(1, 6))

Row = tuple[int, int, str, str, str]
"""id, seq, op ("D": gone), name, note; the time is that of the interval."""


def merged(**changes: object) -> Output:
    """An output of the mode `merge`."""
    asked = {"schema": RETURNED, "key": "id", "time": "at", "sequence_by": "seq", "delete_when": "op = 'D'"}
    return Output("flights.merged", **{"mode": "merge", **asked, **changes})


def history(**changes: object) -> Output:
    """An output of the mode `scd2` that tracks the name."""
    schema = f"{RETURNED}, valid_from INT, valid_to INT, is_current BOOLEAN"
    return merged(**{"mode": "scd2", "schema": schema, "tracked": "name", **changes})


@dataclass
class Table:
    """One merged table, and who runs batches into it."""

    spark: SparkSession
    location: Location
    output: Output
    grain: str | None = "day"
    publisher: DeltaPublisher = field(default_factory=DeltaPublisher)
    reader: DeltaReader = field(default_factory=DeltaReader)
    runs: int = 0

    @property
    def binding(self) -> Binding:
        """Where it is."""
        return Binding(dataset=self.output.dataset, format="delta", location=self.location)

    def stage(self, interval: Interval, rows: Iterable[Row] | DataFrame, *, force: bool = False) -> Audited:
        """Stage, audit and merge; the audit of what is to be published, or of what was rejected."""
        self.runs += 1
        prepared = self.publisher.prepare(self.output, self.binding, owner="tests", grain=self.grain)
        expected = self.reader.published(self.binding, [interval]).get(interval)
        parts = Fingerprint(code=f"{self.runs}", contract="c", checks="k", parameters="p", inputs="i")
        target = Target(
            output=self.output, binding=self.binding, interval=interval, expected=expected, fingerprint=parts
        )
        build = Build(
            job=Job(
                name="merging",
                inputs={},
                outputs={"": self.output},
                where=Where(file="x.py", line=1),
                interval=self.grain,
            ),
            intervals=(interval,),
            interval=interval,
            pins={},
            windows={},
            targets=(target,),
            parameters={},
            reasons=(),
        )
        frame = rows if isinstance(rows, DataFrame) else self.frame(interval, rows)
        returned = stage_returned(
            conform(frame, returned_output(self.output)),
            build,
            self.output,
            self.binding,
            run_id=f"run{self.runs}",
            stage_id=f"run{self.runs}-{os.urandom(4).hex()}",
        )
        looked = audit(returned, spark=lambda: self.spark)
        if not looked.publishable:
            return looked
        result = merge_staged(self.spark, returned, looked.statistics(interval), force=force)
        return audit(result, spark=lambda: self.spark, constraints=self.publisher.constraints(prepared))

    def publish(self, audited: Audited) -> Receipt:
        """Publish what was staged."""
        prepared = self.publisher.prepare(self.output, self.binding, owner="tests", grain=self.grain)
        assert audited.publishable, [str(v.expectation) for v in audited.verdicts if v.stops]
        (receipt,) = self.publisher.publish(prepared, audited, audited.publishable, wanted=lambda: None)
        return receipt

    def run(self, interval: Interval, rows: Iterable[Row] | DataFrame, *, force: bool = False) -> str:
        """Stage and publish; the outcome."""
        return self.publish(self.stage(interval, rows, force=force)).outcome

    def frame(self, interval: Interval, rows: Iterable[Row]) -> DataFrame:
        """Rows of an interval as a frame of the columns that the job returns."""
        at = interval.start.replace(hour=12)
        return self.spark.createDataFrame([(at, *row) for row in rows], RETURNED)

    def read(self) -> DataFrame:
        """All rows, as Spark reads them."""
        return self.spark.read.format("delta").load(self.location.for_spark)

    def paths(self) -> list[str]:
        """The live files."""
        return [file.path for file in open_rewritable(self.binding).files]

    def rows(self) -> list[tuple[object, ...]]:
        """What Spark reads, sorted, as plain values; of `scd2` with the validity."""
        frame = self.read()
        kept = [name for name in frame.columns if name not in ("at", "op")]
        return sorted((tuple(row) for row in frame.select(*kept).collect()), key=repr)


def model_merge(events: Iterable[tuple[Interval, Row]]) -> list[tuple[object, ...]]:
    """Of each key the newest, by seq and then by time; who comes later has the last word of equal ones."""
    newest: dict[int, tuple[tuple[int, datetime], Row]] = {}
    for interval, row in events:
        order = (row[1], interval.start)
        if row[0] not in newest or newest[row[0]][0] <= order:
            newest[row[0]] = (order, row)
    found = [(row[0], row[1], row[3], row[4]) for _, row in newest.values() if row[2] != "D"]
    return sorted(found, key=repr)


def model_history(events: Iterable[tuple[Interval, Row]]) -> list[tuple[object, ...]]:
    """The history of the names, from all events."""
    known: dict[tuple[int, int], tuple[datetime, Row]] = {}
    for interval, row in events:
        at = known.get((row[0], row[1]))
        if at is None or at[0] <= interval.start:
            known[row[0], row[1]] = (interval.start, row)
    found: list[tuple[object, ...]] = []
    for key in {key for key, _ in known}:
        states: list[Row | None] = []
        turns: list[tuple[int, Row | None]] = []
        for moment in sorted(seq for each, seq in known if each == key):
            _, row = known[key, moment]
            state = None if row[2] == "D" else row
            before = states[-1] if states else None
            states.append(state)
            # A name that is NULL is a name, and not the same as a row that is gone.
            if (state and state[3:4]) != (before and before[3:4]):
                turns.append((moment, state))
        for n, (moment, state) in enumerate(turns):
            if state is not None:
                until = turns[n + 1][0] if n + 1 < len(turns) else None
                found.append((key, moment, state[3], state[4], moment, until, until is None))
    return sorted(found, key=repr)


def place(folder: Path, name: str = "table") -> Location:
    """A table's place on the disk."""
    return Location(uri=str(folder / name))
