"""Attempts of tasks that are lost while they write: rows are those of one clean run, none of a lost attempt.

Each row tells the attempt that made it, so that a file which a lost attempt has left would be seen.
"""

import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.faults.attempts import DAY, TASKS, Attempts, Tried, attempts_at, clean_rows
from tests.faults.processes import Driver, Ended, Plain, Resident
from tests.faults.world import state
from tests.s3.serving import S3
from tests.schedulers.outcomes.world import parent
from tests.schedulers.standalone.rig import Standalone, serving_standalone
from tests.support.exhaustive import mark_all_but

_EXECUTOR = b"CoarseGrainedExecutorBackend"
_LIMIT = 300.0
"""Seconds for a run on a cluster whose machines share a few cores."""
_PAUSE = 0.1
"""Seconds between two looks at a run that waits for us."""
_SPECULATION = {
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.quantile": "0.5",
    "spark.speculation.multiplier": "1.5",
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Standalone]:
    """Two machines."""
    with serving_standalone(workers=2) as cluster:
        yield cluster


def _on_disk(root: Path, resident: Resident, **settings: str) -> Attempts:
    """Published once by a clean run on another Spark."""
    attempts = attempts_at(root, str(root / "project/.data"), settings)
    attempts.give(1)
    first = resident.run(attempts.project, "written", "--interval", DAY)
    assert first.code == 0, first.out + first.err
    assert attempts.rows() == clean_rows(1)
    attempts.give(2)
    return attempts


def _run(attempts: Attempts, environment: Mapping[str, str]) -> Driver:
    return Driver(attempts.project, *attempts.run, environment=environment, limit=_LIMIT)


def _executor_of(worker: int) -> int:
    """The JVM for which a Python process works."""
    process = worker
    while _EXECUTOR not in Path(f"/proc/{process}/cmdline").read_bytes():
        process = parent(process)
    return process


def _check(attempts: Attempts, ended: Ended) -> list[Tried]:
    """Published: the rows of one clean run, by the attempts that succeeded; the others."""
    assert ended.code == 0, ended.out + ended.err
    assert attempts.rows() == clean_rows(2)
    assert attempts.leftovers() == set()
    tried = list(attempts.tried())
    well = {each.partition: each.task for each in tried if each.reason == "Success"}
    assert {partition: attempts.made_by(partition) for partition in range(TASKS)} == {
        partition: {task} for partition, task in well.items()
    }
    return [each for each in tried if well[each.partition] != each.task]


def _check_looks(attempts: Attempts, plain: Plain, resident: Resident) -> None:
    """Whoever looked meanwhile saw the old rows or the new ones, and nothing is left to do."""
    (looks,) = plain.seen().values()
    assert set(looks) <= {_state(1), _state(2)}
    again = resident.run(attempts.project, "written", "--interval", DAY)
    assert "1 unchanged" in again.out, again.out + again.err


def _state(v: int) -> str:
    return state(clean_rows(v))


@pytest.mark.parametrize("partition", mark_all_but([TASKS - 1], [1, TASKS - 1]), ids=["early", "last"])
def test_an_executor_is_killed_while_its_task_writes(
    tmp_path: Path, cluster: Standalone, resident: Resident, plain: Plain, partition: int
) -> None:
    """SIGKILL to its JVM, when whole files of the task are there: the task's next attempt is published."""
    attempts = _on_disk(tmp_path, resident, **{"spark.master": cluster.master})
    plain.watch(Path(attempts.place.uri))
    attempts.hold(partition, 0)
    with _run(attempts, cluster.environment) as driver:
        driver.until(
            lambda: attempts.has_written(partition, 0) and attempts.has_committed(TASKS - 1), pause=_PAUSE
        )
        worker = attempts.worker_at(partition, 0)
        assert worker is not None
        os.kill(_executor_of(worker), signal.SIGKILL)
        ended = driver.end()
    lost = _check(attempts, ended)
    assert [each.partition for each in lost if each.reason == "ExecutorLostFailure"] == [partition]
    _check_looks(attempts, plain, resident)


@pytest.mark.parametrize("place", mark_all_but(["disk"], ["disk", "S3"]))
def test_a_task_fails_after_its_files_were_written(
    request: pytest.FixtureRequest, tmp_path: Path, place: str
) -> None:
    """Two attempts of one task fail at their ends, and the third, the last that may, is published."""
    settings = {"spark.master": "local[2,3]"}
    s3: S3 | None = request.getfixturevalue("s3") if place == "S3" else None
    environment: Mapping[str, str] = {} if s3 is None else s3.environment
    lake = str(tmp_path / "project/.data") if s3 is None else f"{s3.new_bucket().uri}/lake"
    attempts = attempts_at(tmp_path, lake, settings, None if s3 is None else s3.options)
    attempts.give(2)
    for attempt in (0, 1):
        attempts.fail(2, attempt)
        attempts.hold(2, attempt)
    with _run(attempts, environment) as driver:
        for attempt in (0, 1):
            driver.until(lambda attempt=attempt: attempts.has_written(2, attempt), pause=_PAUSE)
            attempts.let_go(2, attempt)
        ended = driver.end()
    assert [(each.partition, each.reason) for each in _check(attempts, ended)] == [
        (2, "ExceptionFailure")
    ] * 2
    with _run(attempts, environment) as driver:
        again = driver.end()
    assert "1 unchanged" in again.out, again.out + again.err


@pytest.mark.parametrize("rival", mark_all_but(["at once"], ["ahead", "at once"]))
def test_a_slow_task_is_tried_twice_at_once(
    tmp_path: Path, cluster: Standalone, resident: Resident, plain: Plain, rival: str
) -> None:
    """Speculation: of two attempts that both have written whole files, one is published."""
    attempts = _on_disk(tmp_path, resident, **{"spark.master": cluster.master, **_SPECULATION})
    plain.watch(Path(attempts.place.uri))
    attempts.hold(1, 0)
    if rival == "at once":
        attempts.hold(1, 1)
    with _run(attempts, cluster.environment) as driver:
        if rival == "at once":
            driver.until(lambda: attempts.has_written(1, 0, 1), pause=_PAUSE)
            attempts.let_go(1, 0, 1)
        ended = driver.end()
    (lost,) = (each for each in _check(attempts, ended) if each.partition == 1)
    assert lost.reason in {"TaskKilled", "TaskCommitDenied", None}
    assert {each.is_speculative for each in attempts.tried() if each.partition == 1} == {False, True}
    if rival == "ahead":
        assert not lost.is_speculative
    _check_looks(attempts, plain, resident)
