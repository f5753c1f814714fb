"""A project on S3 whose three jobs put one file of changes into six tables: each mode, Delta and Parquet."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from framework import Interval
from framework.cli.workspace import load_workspace
from framework.environment.location import Location
from framework.interval import parse_interval
from framework.publish.publishers import publisher_of
from framework.tables.readers import reader_of
from tests.faults.processes import Resident
from tests.spark.merging.merging import Row, model_history, model_merge
from tests.storage.publishing import World
from tests.support.project import SmallProject

NAMES = ("a/b", "50%", "ü=ß", "x y", "'q'", "..", "%2F", "{}?#&", None)
"""Values of a partition column; a row of the source has the number of one."""

D1, D2, D3, D4 = (parse_interval(f"2013-01-0{n}") for n in range(1, 5))
JOBS = {
    "replaced": ("s.delta", "s.parquet"),
    "appended": ("s.log", "s.tail"),
    "merged": ("s.state", "s.history"),
}
"""The jobs, and the tables of each in the order in which they are published."""
MERGED = JOBS["merged"]
_TABLES = tuple(table for tables in JOBS.values() for table in tables)

_BASE = """
    version: 1
    project: modes
    stores: {lake: {}, raw: {}}
    state: "{lake}/sparkjob"
    datasets:
      "*": {format: delta, location: "{lake}/{dataset}"}
      s.parquet: {format: parquet}
      s.tail: {format: parquet}
      source.changes: {source: true, format: csv, location: "{raw}/changes.csv", options: {header: true}}
"""
_CHANGES = '''
    """Changes of customers: of each day, all of them, the newest, and their history."""

    from pyspark.sql import functions as F

    from framework import Input, Output, job

    NAMES = %r
    SOURCE = "day DATE NOT NULL, id INT, seq INT, op STRING, name INT, note STRING"
    SCHEMA = SOURCE.replace("name INT", "name STRING")
    KEYED = {
        "key": "id", "time": "day", "sequence_by": "seq", "delete_when": "op = 'D'", "partition_by": "name"
    }
    CHANGES = Input("source.changes", schema=SOURCE)
    DAILY = {"inputs": {"changes": CHANGES}, "interval": "day", "start": "2013-01-01"}
    VALIDITY = ", valid_from INT, valid_to INT, is_current BOOLEAN"


    def of(changes, interval):
        names = F.array(*[F.lit(name).cast("string") for name in NAMES])
        days = changes.where(changes["day"] == interval.first_day)
        return days.withColumn("name", F.element_at(names, F.col("name") + 1))


    def output(dataset, **more):
        return Output(dataset, schema=SCHEMA, time="day", partition_by=("day", "name"), **more)


    @job(**DAILY, outputs={"delta": output("s.delta"), "parquet": output("s.parquet")})
    def replaced(changes, *, interval):
        return dict.fromkeys(("delta", "parquet"), of(changes, interval))


    @job(
        **DAILY, outputs={"log": output("s.log", mode="append"), "tail": output("s.tail", mode="append")}
    )
    def appended(changes, *, interval):
        return dict.fromkeys(("log", "tail"), of(changes, interval))


    @job(
        **DAILY,
        outputs={
            "state": Output("s.state", schema=SCHEMA, mode="merge", **KEYED),
            "history": Output(
                "s.history", schema=SCHEMA + VALIDITY, mode="scd2", tracked="name", **KEYED
            ),
        },
    )
    def merged(changes, *, interval):
        return dict.fromkeys(("state", "history"), of(changes, interval))
'''


@dataclass
class Modes:
    """The project, and the changes of each day as they are in its source now."""

    project: SmallProject
    days: dict[Interval, list[Row]] = field(default_factory=dict)

    def write(self, day: Interval, rows: Iterable[tuple[int | None, int, str, int, str]]) -> None:
        """The source has these changes of a day: id, seq, op, the number of the name, note."""
        drawn = list(rows)
        self.days[day] = [(key, seq, op, NAMES[name], note) for key, seq, op, name, note in drawn]
        lines = [
            f"{day.label},{'' if key is None else key},{seq},{op},{name},{note}"
            for key, seq, op, name, note in drawn
        ]
        path = self.project.root / ".data/raw/changes.csv"
        before = path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []
        kept = [line for line in before if not line.startswith(day.label)]
        self.project.write(".data/raw/changes.csv", "\n".join(["day,id,seq,op,name,note", *kept, *lines, ""]))

    def world(self, dataset: str) -> World:
        """A table, as the publisher suite looks at it."""
        workspace = load_workspace("local", start=self.project.root)
        output, binding = workspace.project.output_of(dataset), workspace.environment.binding(dataset)
        assert output is not None
        return World(output, binding, publisher_of(binding), reader_of(binding))

    def rows(self, dataset: str) -> list[tuple[object, ...]]:
        """What a reader sees, sorted; of merged rows without their days and what was done."""
        world = self.world(dataset)
        assert world.output.schema is not None
        names = [column.name for column in world.output.schema.columns]
        left_out = {"day", "op"} if dataset in MERGED else set()
        kept = [number for number, name in enumerate(names) if name not in left_out]
        return sorted((tuple(row[number] for number in kept) for row in world.rows()), key=repr)

    def run(
        self, resident: Resident, *days: Interval, only: Sequence[str] = tuple(JOBS), force: bool = False
    ) -> dict[str, str]:
        """Run the jobs for these days; how each ended, alike for all days."""
        found: dict[str, set[str]] = {}
        interval = ",".join(day.label for day in days)
        more = ("--force",) if force else ()
        ended = resident.run(self.project, *only, "--interval", interval, "--json", *more)
        for record in json.loads(ended.out):
            found.setdefault(record["job"], set()).update(part["outcome"] for part in record["intervals"])
        return {job: " and ".join(sorted(ends)) for job, ends in found.items()}

    def wanted(
        self, *days: Interval, only: Sequence[str] = _TABLES
    ) -> Mapping[str, list[tuple[object, ...]]]:
        """The rows of the tables after these days have been published, by plain Python."""
        events = [(day, row) for day in days for row in self.days[day]]
        plain = sorted(((day.first_day, *row) for day, row in events), key=repr)
        found = dict.fromkeys(only, plain)
        if MERGED[0] in only:
            found |= {"s.state": model_merge(events), "s.history": model_history(events)}
        return found


def make_modes(root: Path, bucket: Location) -> Modes:
    """The project below `root`, all of its tables and its state in `bucket`."""
    project = SmallProject(root)
    project.write("configs/base.yml", _BASE)
    local = f"stores:\n  lake: {{uri: {bucket.uri}/lake}}\n  raw: {{uri: .data/raw}}\n"
    project.write("configs/local.yml", local)
    project.write("jobs/changes.py", _CHANGES % (NAMES,))
    return Modes(project)
