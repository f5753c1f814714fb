"""A signal, or the end of the JVM, in the middle of a Spark call: to be tried again, nothing published."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import DeltaTable

from framework.environment.location import Location
from framework.record.store import load_records
from tests.faults.processes import Driver, Ended
from tests.support.project import SmallProject, make_project

BLOCKS = '''
    """Waits in a worker, until somebody ends it."""

    from framework import Input, Output, job, main

    SCHEMA = "day DATE NOT NULL, sensor INT NOT NULL, v INT"


    @job(
        inputs={"readings": Input("source.readings", schema=SCHEMA)},
        outputs=Output("small.waits", schema="v INT"),
    )
    def waits(readings):
        """Says that it is there, then waits."""
        from pyspark.sql import functions as F

        @F.udf("int")
        def wait(v):
            import signal
            from pathlib import Path

            Path("MARKER").touch()
            signal.pause()
            return v

        return readings.select(wait("v").alias("v"))


    if __name__ == "__main__":
        main(waits)
'''


def _sigterm(driver: Driver) -> None:
    driver.send(signal.SIGTERM)


def _sigint(driver: Driver) -> None:
    driver.send(signal.SIGINT)


def _sigterm_to_all(driver: Driver) -> None:
    os.killpg(driver.process.pid, signal.SIGTERM)


def _kill_the_jvm(driver: Driver) -> None:
    children = subprocess.run(
        ["pgrep", "-P", str(driver.process.pid), "java"], capture_output=True, text=True, check=True
    )
    os.kill(int(children.stdout), signal.SIGKILL)


def _run(project: SmallProject, marker: Path, meanwhile: Callable[[Driver], None]) -> tuple[Ended, float]:
    """`run waits` with `meanwhile` once a row is in a worker; its end, and seconds since then."""
    with Driver(project, "run", "waits") as driver:
        driver.until(marker.exists)
        begun = time.monotonic()
        meanwhile(driver)
        ended = driver.end()
        return ended, time.monotonic() - begun


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (_sigterm, "stopped by SIGTERM"),
        (_sigterm_to_all, "stopped by SIGTERM"),
        (_sigint, "stopped by SIGINT"),
        (_kill_the_jvm, "lost Spark"),
    ],
)
def test_what_ends_a_spark_call_is_a_retry(
    tmp_path: Path, meanwhile: Callable[[Driver], None], said: str
) -> None:
    """Exit 75 within seconds, a record that says why, and no version of the table but the empty one."""
    marker = tmp_path / "reached"
    project = make_project(tmp_path / "p", {"jobs/waits.py": BLOCKS.replace("MARKER", str(marker))})
    ended, seconds = _run(project, marker, meanwhile)
    assert ended.code == 75, ended.err
    assert seconds < 20
    assert said in ended.out + ended.err
    (record,) = load_records(Location(uri=str(project.root / ".data/sparkjob")), "waits")
    assert record.outcome.value == "retry"
    assert said in record.faults[0].what
    assert DeltaTable(project.table("small.waits")).count() == 0
    assert not re.search(r"Traceback|py4j", ended.err), ended.err
