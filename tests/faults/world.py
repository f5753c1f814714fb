"""The small project as these tests see it: its rows, its generations, and every state it ever had."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from deltalake import DeltaTable

from tests.support.project import LOCAL, SmallProject, make_project

GOOD, BAD = "small.good", "small.bad"
TABLES = (GOOD, BAD)
SENSORS = 40
TINY = """
    sizes:
      tiny:
        spark:
          spark.master: local[1]
          spark.driver.memory: 1g
          spark.sql.shuffle.partitions: 1
          spark.databricks.delta.snapshotPartitions: 1
    jobs: {"*": {size: tiny}}
"""

Rows = list[tuple[str, int, int]]


def tiny_project(root: Path, files: Mapping[str, str] | None = None) -> SmallProject:
    """The small project, with Spark as small as it gets, and with `files` in place of its own."""
    return make_project(root, {"configs/local.yml": f"{LOCAL.rstrip()}{TINY}", **(files or {})})


def rows(project: SmallProject, dataset: str) -> Rows:
    """(day, sensor, v) of all rows that are visible, sorted."""
    table = DeltaTable(project.table(dataset)).to_pyarrow_table().to_pylist()
    return sorted((str(row["day"]), row["sensor"], row["v"]) for row in table)


def expected(dataset: str, v: int, *, days: int = 2) -> Rows:
    """What one clean run publishes of readings that are all `v`."""
    first = TABLES.index(dataset)
    return [(day_of(n), sensor, v) for n in range(days) for sensor in range(first, SENSORS, 2)]


def day_of(number: int) -> str:
    """The days of January 2013, counted from 0."""
    return f"2013-01-{number + 1:02}"


def state(values: Rows) -> str:
    """Rows as a reader counts them, by day and `v`: one text for one state."""
    return json.dumps(Counter(f"{day} {v}" for day, _, v in values), sort_keys=True)


def whole(dataset: str, *values: int, days: int = 2) -> set[str]:
    """The states that a reader may see: nothing yet, or all rows of one of the `values`."""
    return {"{}", *(state(expected(dataset, v, days=days)) for v in values)}


def history(project: SmallProject, dataset: str) -> Iterator[str]:
    """The state of every version of a table's log: all that any reader could ever see."""
    path = project.table(dataset)
    for version in range(DeltaTable(path).version() + 1):
        table = DeltaTable(path, version=version).to_pyarrow_table().to_pylist()
        yield state([(str(row["day"]), row["sensor"], row["v"]) for row in table])


def generation(project: SmallProject, dataset: str, day: str) -> int:
    """The generation number of a day, 0 when it was never published."""
    if not project.table(dataset).exists():
        return 0
    following = f"{day[:-2]}{int(day[-2:]) + 1:02}"
    app_id = f"sparkjob:{dataset}:{day}T00:00:00Z/{following}T00:00:00Z#generation"
    return DeltaTable(project.table(dataset)).transaction_version(app_id) or 0


def records(project: SmallProject) -> list[dict[str, object]]:
    """The kept records of runs of `split`, by the time of their start."""
    folder = project.table("sparkjob") / "runs" / "split"
    return [json.loads(path.read_text()) for path in sorted(folder.iterdir())]
