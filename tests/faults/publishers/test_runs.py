"""Whole runs, held at one chosen touch of a table: moments that no event tells of."""

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from framework.environment.location import Location
from tests.faults.publishers.books import Book
from tests.faults.publishers.machine import Served
from tests.faults.publishers.shop import DATASETS, DAYS, KEYS, Shop
from tests.faults.tally import TALLY

SOLD, LEFT = DATASETS
EVERY = int(os.environ.get("SPARKJOB_EVERY", "17"))
"""1: a run meets its fault before every touch that it makes, which takes minutes."""


class Yard:
    """Runs of `shop` on one lake, on the disk."""

    def __init__(self, root: Path, form: str, served: Served) -> None:
        root.mkdir()
        TALLY["scenarios"] += 1
        self.form, self.v = form, 0
        self.shop = Shop(root, form, Location(uri=f"{root}/lake"))  # type: ignore[arg-type]
        self.books = [Book(form, f"{root}/lake/{name}", {}, KEYS) for name in DATASETS]
        self._served = served
        served.ask(do="open", root=str(root), form=form, lake=self.shop.lake.uri, options={})
        self.write_readings()

    def write_readings(self) -> None:
        """The next ones."""
        self.v += 1
        self.shop.write_readings(self.v)

    def begin(self, name: str, hold: int) -> bool:
        """Begin a run that holds still before a touch; False when it has ended before."""
        TALLY["runs"] += 1
        self._served.ask(do="start", name=name, days=[0, 1])
        return self._go(name, hold=hold)["code"] is None

    def hold(self, name: str, touch: str) -> None:
        """Begin a run that holds still just before this touch: the call, and the end of its path."""
        TALLY["runs"] += 1
        self._served.ask(do="start", name=name, days=[0, 1])
        self.hold_again(name, touch)

    def hold_again(self, name: str, touch: str) -> None:
        """Let it go on until just before this touch."""
        call, _, path = touch.partition(" ")
        while True:
            told = self._go(name, hold=1)
            assert told["code"] is None, f"{name} never did {touch}: {self.said(name)}"
            last = str(told["last"])
            if last.startswith(call) and last.endswith(path):
                return

    def kill(self, name: str) -> None:
        """SIGKILL."""
        TALLY["kills"] += 1
        self._served.ask(do="kill", name=name)

    def end(self, name: str) -> int:
        """Let it go on, or begin it, to its end."""
        code = self._go(name, hold=None)["code"]
        assert isinstance(code, int)
        return code

    def run(self, name: str, *, full: int | None = None) -> int:
        """A run, to its end; with `full` on a disk where no file can grow beyond so many bytes."""
        TALLY["runs"] += 1
        self._served.ask(do="start", name=name, days=[0, 1], full=full)
        return self.end(name)

    def said(self, name: str) -> str:
        """Its standard error."""
        return self.shop.root.with_name(f"{name}.log").read_text()

    def move_away(self) -> None:
        """Begin anew, with no table."""
        shutil.rmtree(self.shop.root / "lake")
        self.books = [Book(self.form, book.uri, {}, KEYS) for book in self.books]

    def published(self) -> list[dict[str, list[int]]]:
        """The values that were ever published, by table and day; judged as in `books.py`."""
        for book in self.books:
            book.read_on()
        return [{day: list(values) for day, values in book.published.items()} for book in self.books]

    def _go(self, name: str, *, hold: int | None) -> dict[str, object]:
        told = self._served.ask(do="go", names=[name], hold=hold)[name]
        assert isinstance(told, dict)
        return told


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """The process whose children they are."""
    with closing(Served("yard")) as served:
        yield served


@pytest.fixture(params=["delta", "parquet"])
def yard(request: pytest.FixtureRequest, served: Served, tmp_path: Path) -> Yard:
    """Nothing published, and readings."""
    return Yard(tmp_path / "at", request.param, served)


DAY1, DAY2 = (str(day.first_day) for day in DAYS)
BOTH = {DAY1: [1], DAY2: [1]}
SECOND_OUTPUT = {
    "delta": f"linkat /{LEFT}/_delta_log/00000000000000000001.json#1",
    "parquet": "linkat /1.json#1",
}
"""The touch by which the second output (of a Parquet table: its first day) becomes visible."""


def test_a_run_that_dies_between_two_outputs_is_carried(yard: Yard) -> None:
    """The next run publishes the files that the dead one has audited, and stages none."""
    yard.hold("dies", SECOND_OUTPUT[yard.form])
    if yard.form == "parquet":  # columns of either table that are settled, and a pointer for each day
        for _ in range(4):
            yard.hold_again("dies", SECOND_OUTPUT[yard.form])
    yard.kill("dies")
    assert yard.published()[0] == BOTH
    assert not yard.published()[1]
    assert yard.run("next") == 0
    assert "staged" not in yard.said("next")
    assert yard.published() == [BOTH, BOTH]


def test_of_two_that_create_a_table_one_does(served: Served, tmp_path: Path) -> None:
    """The one that is held just before it creates the log finds another's table when it goes on."""
    yard = Yard(tmp_path / "at", "delta", served)
    yard.hold("late", f"linkat /{SOLD}/_delta_log/00000000000000000000.json#1")
    assert yard.run("quick") == 0
    assert yard.end("late") == 0
    assert yard.published() == [BOTH, BOTH]
    logs = sorted((tmp_path / "at/lake" / SOLD / "_delta_log").glob("*.json"))
    assert sum('"metaData"' in log.read_text() for log in logs) == 1


@pytest.mark.parametrize("earlier", [False, True], ids=["first", "later"])
def test_killed_before_any_touch_and_run_again(yard: Yard, earlier: bool) -> None:
    """Promises 1 to 3, at every EVERYth touch of a run: the next run ends well, and the rows are whole."""
    if earlier:
        assert yard.run("earlier") == 0
    at, told = 1 + random.SystemRandom().randrange(EVERY), True
    while told:
        told = yard.begin("dies", hold=at)
        if told:
            yard.kill("dies")
        assert yard.run("next") == 0, f"killed before touch {at}: {yard.said('next')}"
        assert {days[DAY1][-1] for days in yard.published()} == {yard.v}, f"killed before touch {at}"
        at += EVERY
        yard.write_readings()
        if not earlier:
            yard.move_away()


def test_asleep_before_any_touch_while_a_newer_run_publishes(yard: Yard) -> None:
    """Promises 4 and 5, at every EVERYth touch: who wakes overwrites nothing, and its exit is true."""
    at, told = 1 + random.SystemRandom().randrange(EVERY), True
    while told:
        yard.write_readings()
        before = yard.v
        told = yard.begin("sleeps", hold=at)
        TALLY["sleepers"] += told
        yard.write_readings()
        assert yard.run("newer") == 0, f"asleep before touch {at}: {yard.said('newer')}"
        newer = yard.published()
        code = yard.end("sleeps") if told else 0
        assert code in (0, 75), f"asleep before touch {at}: {yard.said('sleeps')}"
        assert yard.published() == newer, f"asleep before touch {at}"
        if code == 0:
            # What it made, or would have made, was there once; or it began after the newer readings.
            assert all({before, yard.v} & set(days[DAY1]) for days in newer), f"asleep before touch {at}"
        at += EVERY


def test_a_disk_that_is_full_at_any_file(yard: Yard) -> None:
    """What cannot be written is not seen, not even in part: a retry; with room again it ends well."""
    assert yard.run("earlier") == 0, yard.said("earlier")
    ended = []
    for full in (0, 400, 700, 1000, 1400, 1800, 2400, 3000, 4000, 6000):
        yard.write_readings()
        before = yard.published()
        code = yard.run("full", full=full)
        assert code in (0, 75), f"files of {full} bytes: {code} {yard.said('full')}"
        if code == 0:
            assert all(
                days == {DAY1: [*was[DAY1], yard.v], DAY2: [*was[DAY2], yard.v]}
                for days, was in _pairs(yard, before)
            )
        assert yard.run("next") == 0
        assert {values[-1] for days in yard.published() for values in days.values()} == {yard.v}
        ended.append(code)
    assert {ended[0], ended[-1]} == {75, 0}


def _pairs(
    yard: Yard, before: list[dict[str, list[int]]]
) -> list[tuple[dict[str, list[int]], dict[str, list[int]]]]:
    return list(zip(yard.published(), before, strict=True))


def test_without_its_state_store_a_run_of_two_outputs_publishes_none(yard: Yard) -> None:
    """Where the intent cannot be written, not even the first output is published; and it says where."""
    assert yard.run("earlier") == 0
    yard.write_readings()
    state = yard.shop.root / "lake" / "state"
    state.rename(state.with_name("away"))
    state.write_text("a file stands there")
    assert yard.run("without") == 64
    assert "lake/state" in yard.said("without")
    assert yard.published() == [BOTH, BOTH]
    state.unlink()
    state.with_name("away").rename(state)
    assert yard.run("next") == 0
    assert {values[-1] for days in yard.published() for values in days.values()} == {yard.v}
