"""The small project for faults under launchers: what its job does is decided by its data and one file."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from deltalake import DeltaTable

from tests.support.project import BASE, SPLIT, SmallProject, make_project

DAYS = "2013-01-01/2013-01-03"
RAISES = 7
"""A reading of this value is an error of the job."""
REJECTED = 99
SENSORS = 40
TABLES = ("small.good", "small.bad")
HASTY = "hasty"
"""The environment in which a job has LIMIT seconds."""
LIMIT = 25

_CONFIG = """
    stores:
      lake: {{uri: "{data}"}}
      raw: {{uri: "{data}/raw"}}
    sizes:
      tiny:
        spark:
          spark.executor.memory: 512m
          spark.executor.instances: 1
          spark.executor.cores: 1
          spark.cores.max: 2
          spark.sql.shuffle.partitions: 1
          spark.databricks.delta.snapshotPartitions: 1
    jobs: {{"*": {{size: tiny}}}}
"""
_HASTY = f"""
    extends: test
    jobs: {{"*": {{timeout: {LIMIT}s}}}}
"""
_SCHEDULES = """
    schedules:
      nightly: {cron: "30 2 * * *", timezone: UTC, select: split}
"""
_BODY = """
        days = days.withColumn("v", F.col("v") + add)
"""
_FAULTS = """
        days = days.withColumn("v", F.col("v") + add)
        if days.where(F.col("v") == {raises}).count():
            raise ValueError("a sensor is broken")
        if HOLD.is_dir():
            (HOLD / str(os.getpid())).touch()
            while HOLD.is_dir():
                time.sleep(0.1)
"""
_IMPORTS = """
    import os
    import time
    from pathlib import Path

    from framework import Input, Output, expect, job, main

    HOLD = Path({hold!r})
"""

_WHERE = '''
    """What a Python sees."""

    import sys
    from pathlib import Path


    def seen(who):
        """The interpreter's paths, and the places of what was imported."""
        import deltalake

        import framework

        modules = [*sys.modules.values(), framework, deltalake]
        files = [getattr(module, "__file__", None) for module in modules]
        return sorted({(who, str(Path(place).absolute())) for place in [*sys.path, *filter(None, files)]})
'''
_PLACES = '''
    """What driver and executors see of the machines."""

    from framework import Output, job, main
    from jobs._where import seen

    SCHEMA = "who STRING, place STRING"


    @job(inputs={}, outputs=Output("small.places", schema=SCHEMA), rerun="always")
    def places(*, spark):
        """Those of the driver, and of a worker."""
        there = spark.sparkContext.parallelize([0], 1).flatMap(lambda _: seen("executor"))
        return spark.createDataFrame(seen("driver"), SCHEMA).union(spark.createDataFrame(there, SCHEMA))


    if __name__ == "__main__":
        main(places)
'''


class World:
    """The project below `root`, its data beside it: on a cluster the project goes with each run.

    `settings`: more of the environment's configuration.
    """

    def __init__(self, root: Path, settings: str = "") -> None:
        data = root.parent / "data"
        data.mkdir()
        root.mkdir()
        (root / ".data").symlink_to(data)
        self.hold = root.parent / "hold"
        assert _BODY in SPLIT
        split = SPLIT.replace(_BODY, _FAULTS.format(raises=RAISES)).replace(
            "\n    from framework import Input, Output, expect, job, main\n",
            _IMPORTS.format(hold=str(self.hold)),
        )
        self.project: SmallProject = make_project(
            root,
            {
                "configs/base.yml": f"{BASE.rstrip()}{_SCHEDULES}",
                "configs/test.yml": f"{_CONFIG.format(data=data).rstrip()}{settings}",
                "configs/hasty.yml": _HASTY,
                "jobs/split.py": split,
                "jobs/_where.py": _WHERE,
                "jobs/places.py": _PLACES,
            },
        )
        self._readings = data / "raw" / "readings.csv"

    def give(self, value: int | None) -> None:
        """Readings that are all `value`; None: there is no such file yet."""
        if value is None:
            self._readings.unlink()
        else:
            self.project.write_readings(value)

    def values(self) -> set[int]:
        """The values that readers see; every table has each row once."""
        seen: set[int] = set()
        for number, name in enumerate(TABLES):
            rows = DeltaTable(self.project.table(name)).to_pyarrow_table().to_pylist()
            keys = sorted((str(row["day"]), row["sensor"]) for row in rows)
            assert keys == [
                (f"2013-01-0{day}", sensor) for day in (1, 2) for sensor in range(number, SENSORS, 2)
            ]
            seen |= {row["v"] for row in rows}
        return seen

    def outcomes(self) -> list[str]:
        """Of all runs that have left a record, sorted by their start."""
        folder = self.project.table("sparkjob") / "runs" / "split"
        found = [json.loads(path.read_text()) for path in folder.iterdir()] if folder.is_dir() else []
        return [record["outcome"] for record in sorted(found, key=lambda record: str(record["started"]))]

    def hold_still(self) -> None:
        """From now on the job waits in the middle of its work."""
        self.hold.mkdir()

    def held(self, number: int, is_alive: Callable[[], bool]) -> list[int]:
        """Wait until that many drivers hold still; the ids of their processes."""
        while len(found := self.holding()) < number:
            assert is_alive(), "a job ended and should have waited"
            time.sleep(0.1)
        return found

    def holding(self) -> list[int]:
        """The drivers that hold still."""
        return [int(path.name) for path in self.hold.iterdir()]

    def release(self) -> None:
        """Let them go on."""
        gone = self.hold.with_name("hold.gone")
        self.hold.rename(gone)
        for path in gone.iterdir():
            path.unlink()
        gone.rmdir()


def parent(process: int) -> int:
    """Who has started a process: for a driver, the JVM of spark-submit or of YARN's application master."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("PPid:")).split()[1])


def until_gone(process: int) -> None:
    """Wait for the end of a process that need not be ours."""
    while _is_alive(process):
        time.sleep(0.1)


def kill(process: int) -> None:
    """SIGKILL."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _is_alive(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
