"""Two processes publish the same interval at the same moment, again and again. No Spark in it."""

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from framework.interval import Interval
from tests.storage.publishing import WORLDS, by_day, by_path, day, rows_of

ROUNDS = 20
PROCESSES = 2


@pytest.mark.parametrize(
    ("form", "layout"), [("delta", "by_day"), ("delta", "by_path"), ("parquet", "by_day")]
)
@pytest.mark.parametrize("earlier", [False, True], ids=["first", "later"])
def test_of_two_processes_exactly_one_publishes(
    tmp_path: Path, earlier: bool, form: str, layout: str
) -> None:
    """20 rounds: one winner each time, the loser says so, and the rows are the winner's alone."""
    days = _days()
    world = WORLDS[form](tmp_path, _output(layout)).prepare()
    if earlier:
        for each in days:
            world.run({each: _rows(layout, each, "old")}, code="v0")
    # Not forked: deltalake's threads do not come along.
    context = multiprocessing.get_context("spawn")
    barrier, outcomes = context.Barrier(PROCESSES), context.Queue()
    arguments = [(tmp_path, n, form, layout, barrier, outcomes) for n in range(PROCESSES)]
    processes = [context.Process(target=_race, args=each) for each in arguments]
    for process in processes:
        process.start()
    found = dict(outcomes.get(timeout=120) for _ in processes)
    for process in processes:
        process.join()
    assert [sorted(each) for each in zip(*found.values(), strict=True)] == [["published", "retry"]] * ROUNDS
    winners = [f"run{n}" for r in range(ROUNDS) for n in range(PROCESSES) if found[n][r] == "published"]
    assert [row[1] for row in sorted(world.rows())] == winners
    assert {g.number for g in world.published(*days).values()} == {2 if earlier else 1}


def _race(path: Path, number: int, form: str, layout: str, barrier: Any, outcomes: Any) -> None:
    """One process: stage each day, meet the other, publish."""
    world = WORLDS[form](path, _output(layout)).prepare()
    found = []
    for each in _days():
        audited = world.stage({each: _rows(layout, each, f"run{number}")}, code=f"v{number + 1}")
        barrier.wait()
        found.append(world.publish(audited)[0].outcome)
    outcomes.put((number, found))


def _output(layout: str) -> Any:
    return by_day() if layout == "by_day" else by_path()


def _rows(layout: str, interval: Interval, name: str) -> Any:
    return rows_of(interval, name) if layout == "by_day" else [(interval.start, name, 1)]


def _days() -> list[Interval]:
    return [day(f"2013-01-{n + 1:02}") for n in range(ROUNDS)]
