"""A job of many rows whose tasks meet faults after they have written, and what became of each attempt."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from framework.environment.location import Location
from framework.environment.objects import list_objects, read_object
from framework.tables.delta.handle import open_table
from tests.faults.world import tiny_project
from tests.support.project import SmallProject

DATASET, DAY = "small.written", "2013-01-01"
ROWS, TASKS = 40_000, 4
WRITTEN = 3
"""Whole files that an attempt must have written before its fault comes."""

_JOB = '''
    """Many rows, each with the attempt of a task (its id is Spark's) by which it was made."""

    from framework import Input, Output, job

    READ = "day DATE NOT NULL, sensor INT, v INT"
    SCHEMA = READ + ", task BIGINT"


    @job(
        inputs={{"readings": Input("source.readings", schema=READ)}},
        outputs=Output("small.written", schema=SCHEMA, time="day"),
        interval="day",
        start="2013-01-01",
    )
    def written(readings, *, interval):
        from pyspark.sql import functions as F

        faults = {faults!r}

        def make(batches):
            import os
            import time

            import pyarrow as pa
            from pyspark import TaskContext

            task = TaskContext.get()
            number = task.taskAttemptId()
            for batch in batches:
                made = pa.array([number] * len(batch), pa.int64())
                yield pa.RecordBatch.from_arrays([*batch.columns[:3], made], names=batch.schema.names)
            here = f"{{faults}}/{{task.partitionId()}}-{{task.attemptNumber()}}"
            # Once: where Spark tries the stage again, the numbers of attempts begin anew.
            if os.path.isdir(f"{{here}}.held") and not os.listdir(f"{{here}}.held"):
                open(f"{{here}}.held/{{os.getpid()}}", "w").close()
                while os.path.isdir(f"{{here}}.held"):  # an executor has no other way to hear of us
                    time.sleep(0.05)
            if os.path.exists(f"{{here}}.fails"):
                raise OSError("no space left on the disk of this machine")

        rows = readings.where(F.col("day") == interval.first_day).repartition({tasks}, "sensor")
        return rows.withColumn("task", F.lit(0).cast("bigint")).mapInArrow(make, SCHEMA)
'''
_CONFIG = """
    extends: local
    stores: {{lake: {{uri: "{lake}"}}}}
    sizes:
      several:
        spark:
          spark.driver.memory: 1g
          spark.executor.memory: 512m
          spark.sql.files.maxRecordsPerFile: 1000
          spark.sql.execution.arrow.maxRecordsPerBatch: 1000
          spark.eventLog.enabled: true
          spark.eventLog.dir: "file:{events}"
          spark.eventLog.compress: false
          spark.eventLog.rolling.enabled: false
          {settings}
    jobs: {{"*": {{size: several}}}}
"""

_ATTEMPT = re.compile(r"/attempt_[^/]+/")


@dataclass(frozen=True)
class Tried:
    """An attempt of a task. `task`: its id; `reason`: why it ended, or None if nobody waited for it."""

    partition: int
    task: int
    is_speculative: bool
    reason: str | None


@dataclass(frozen=True)
class Attempts:
    """The project of `written`, its table at `place`, and what its tasks are to meet."""

    project: SmallProject
    place: Location
    folder: Path

    @property
    def run(self) -> tuple[str, ...]:
        """The command line, after `sparkjob`, of a run on the Spark with faults."""
        return ("run", "written", "--env", "faulty", "--interval", DAY)

    def give(self, v: int) -> None:
        """The readings are all `v` now."""
        self.project.write_readings(v, days=1, sensors=ROWS)

    def fail(self, partition: int, attempt: int) -> None:
        """This attempt fails at its end."""
        (self.folder / f"{partition}-{attempt}.fails").touch()

    def hold(self, partition: int, attempt: int) -> None:
        """This attempt stays at its end until it is let go."""
        (self.folder / f"{partition}-{attempt}.held").mkdir()

    def let_go(self, partition: int, *attempts: int) -> None:
        """Let attempts end; of several all at one moment, or nearly."""
        for attempt in attempts:
            held = self.folder / f"{partition}-{attempt}.held"
            held.rename(held.with_suffix(".gone"))

    def worker_at(self, partition: int, attempt: int) -> int | None:
        """The Python process in which a held attempt has handed out all rows, if it is so far."""
        found = [int(path.name) for path in (self.folder / f"{partition}-{attempt}.held").iterdir()]
        return found[0] if found else None

    def has_written(self, partition: int, *attempts: int) -> bool:
        """Whether held attempts are at their ends, and files of each lie where lost ones must stay."""
        if any(self.worker_at(partition, attempt) is None for attempt in attempts):
            return False
        found = Counter(
            there[0]
            for each in list_objects(self.place, "data")
            if (there := _ATTEMPT.search(each.path)) and _is_of(each.path, partition) and each.size
        )
        return sum(files >= WRITTEN for files in found.values()) >= len(attempts)

    def has_committed(self, tasks: int) -> bool:
        """Whether so many tasks have handed in their files, on a disk."""
        return len(list(Path(self.place.uri).glob("data/*/_temporary/0/task_*"))) == tasks

    def rows(self) -> list[tuple[str, int, int]]:
        """(day, sensor, v) of all rows that are visible, sorted."""
        rows = pa.concat_tables(self._live().values()).to_pylist()
        return sorted((str(row["day"]), row["sensor"], row["v"]) for row in rows)

    def made_by(self, partition: int) -> set[int]:
        """The attempts, by their ids, of which a partition's visible rows are."""
        parts = [rows for path, rows in self._live().items() if _is_of(path, partition)]
        return {task for rows in parts for task in rows.column("task").to_pylist()}

    def leftovers(self) -> set[str]:
        """Data files of the newest stage that are not live, and what lies there unfinished."""
        live = set(self._live())
        (stage,) = {path.split("/")[1] for path in live}
        there = [each.path for each in list_objects(self.place, f"data/{stage}") if each.size]
        return {path for path in there if path.endswith(".parquet")} - live | {
            path for path in there if _ATTEMPT.search(path)
        }

    def tried(self) -> Iterator[Tried]:
        """All attempts of the tasks that write, by Spark's own log of events."""
        (log,) = (self.folder / "events").iterdir()
        events = [json.loads(line) for line in log.read_text().splitlines()]
        begun, ended = (
            [e for e in events if e["Event"] == f"SparkListenerTask{w}"] for w in ("Start", "End")
        )
        writing = {event["Stage ID"] for event in ended if _records_written(event)}
        reasons = {event["Task Info"]["Task ID"]: event["Task End Reason"]["Reason"] for event in ended}
        for info in (event["Task Info"] for event in begun if event["Stage ID"] in writing):
            yield Tried(
                partition=info["Partition ID"],
                task=info["Task ID"],
                is_speculative=info["Speculative"],
                reason=reasons.get(info["Task ID"]),
            )

    def _live(self) -> Mapping[str, pa.Table]:
        """The rows of each live file."""
        table = open_table(self.place)
        assert table is not None
        paths = [uri[uri.rindex("/data/") + 1 :] for uri in table.file_uris()]
        found = {path: read_object(self.place, path) for path in paths}
        return {path: pq.read_table(BytesIO(content or b"")) for path, content in found.items()}


def _records_written(event: Mapping[str, Any]) -> int:
    return int(event.get("Task Metrics", {}).get("Output Metrics", {}).get("Records Written", 0))


def _is_of(path: str, partition: int) -> bool:
    return path.rpartition("/")[2].startswith(f"part-{partition:05}-")


def attempts_at(
    root: Path, lake: str, settings: Mapping[str, str], options: Mapping[str, str] | None = None
) -> Attempts:
    """The project below `root` with its tables in `lake`, and these settings of Spark beside its own."""
    folder = root / "faults"
    (folder / "events").mkdir(parents=True)
    lines = "\n          ".join(f"{name}: {value!r}" for name, value in settings.items())
    config = _CONFIG.format(lake=lake, events=folder / "events", settings=lines)
    job = _JOB.format(faults=str(folder), tasks=TASKS)
    project = tiny_project(root / "project", {"jobs/written.py": job, "configs/faulty.yml": config})
    return Attempts(project, Location(uri=f"{lake}/{DATASET}", options=options or {}), folder)


def clean_rows(v: int) -> list[tuple[str, int, int]]:
    """What one clean run publishes."""
    return [(DAY, number, v) for number in range(ROWS)]
