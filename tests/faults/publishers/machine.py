"""Runs, kills, sleepers, twins, foreign hands and new readings in any order: a machine for hypothesis.

What is wrong after any step ends the example, and hypothesis makes of it the shortest list of steps that
still fails. A step that holds or kills names the touch before which it does (`traced.py`).
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import deltalake
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from framework.environment.location import Location
from tests.faults.publishers.books import Book, whole
from tests.faults.publishers.onlooker import Options
from tests.faults.publishers.shop import DATASETS, DAYS, KEYS, Shop
from tests.faults.tally import TALLY
from tests.s3.faulty import Fault
from tests.s3.serving import S3
from tests.support.project import ROOT

RETRY = 75
_SLEEPERS = 3
"""How many runs hold still at the same time, at most."""
_TOUCHES = 80
"""How many a run makes at least that has something to publish."""
_DAYS = st.sampled_from([[0, 1], [0, 1], [0], [1]])
_AT = st.integers(0, 99)
"""Before which touch, in hundredths of those that the longest run so far has made."""


class Served:
    """A helper process that answers each line by a line."""

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.faults.publishers.{module}"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **command: object) -> dict[str, object]:
        """The answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"{self._process.args} died with {self._process.wait()}"
        answer: dict[str, object] = json.loads(line)
        return answer

    def close(self) -> None:
        """End it, and with it all that it started."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@dataclass(frozen=True)
class Place:
    """Where the machines of one test work: new tables for each example."""

    form: str
    lake: Callable[[Path], Location]
    yard: Served
    onlooker: Served
    folder: Path
    s3: S3 | None = None


@dataclass
class Sleeper:
    """A run that holds still. `since`: the readings when it began."""

    name: str
    days: list[int]
    since: int
    saw_a_hand: bool = field(default=False)


class Machine(RuleBasedStateMachine):
    """One example: tables of its own."""

    place: ClassVar[Place]

    def __init__(self) -> None:
        super().__init__()
        TALLY["scenarios"] += 1
        self.shop = Shop(Path(tempfile.mkdtemp(dir=self.place.folder)), self.place.form, Location(uri=""))  # type: ignore[arg-type]
        lake = self.place.lake(self.shop.root)
        self.shop = Shop(self.shop.root, self.shop.form, lake)
        options: Options = lake.options
        self.books = [Book(self.place.form, f"{lake.uri}/{name}", options, KEYS) for name in DATASETS]
        self.v = 0
        self.sleepers: list[Sleeper] = []
        self.names, self.touches = 0, _TOUCHES
        self.vacuumed = self.stormy = False
        self.coming = 0
        self.place.yard.ask(
            do="open", root=str(self.shop.root), form=self.place.form, lake=lake.uri, options=dict(options)
        )
        self.place.onlooker.ask(
            watch=[[self.place.form, book.uri] for book in self.books], options=dict(options)
        )
        self.new_readings()

    # Steps.

    @rule()
    def new_readings(self) -> None:
        """What runs that begin from now on read."""
        self.v += 1
        self.shop.write_readings(self.v)

    @rule(days=_DAYS)
    def run(self, days: list[int]) -> None:
        """To its end, by itself: whatever was left before, it ends well."""
        self._run(days)

    @rule(days=_DAYS, at=_AT)
    def kill(self, days: list[int], at: int) -> None:
        """SIGKILL before a touch, the next run may come at once."""
        name = self._start()
        told = self._go(name, days, hold=self._touch(at))
        if told["code"] is None:
            self.place.yard.ask(do="kill", name=name)
            TALLY["kills"] += 1
        else:
            self._ended(Sleeper(name, days, self.v), told["code"])
        self._look()

    @precondition(lambda self: len(self.sleepers) < _SLEEPERS)
    @rule(days=_DAYS, at=_AT)
    def fall_asleep(self, days: list[int], at: int) -> None:
        """Hold still before a touch, all threads of it."""
        sleeper = Sleeper(self._start(), days, self.v)
        told = self._go(sleeper.name, days, hold=self._touch(at))
        if told["code"] is None:
            TALLY["sleepers"] += 1
            self.sleepers.append(sleeper)
        else:
            self._ended(sleeper, told["code"])
        self._look()

    @rule(days=_DAYS, other=_DAYS, at=st.one_of(_AT, st.integers(50, 99)))
    def overtake(self, days: list[int], other: list[int], at: int) -> None:
        """A run of newer readings from its begin to its end, while another holds still and then goes on."""
        self.new_readings()
        before = list(self.sleepers)
        self.fall_asleep(days, at)
        self.new_readings()
        self._run(other)
        for sleeper in [each for each in self.sleepers if each not in before]:
            self.wake(self.sleepers.index(sleeper))

    @precondition(lambda self: self.sleepers)
    @rule(which=st.integers(0, _SLEEPERS), more=st.integers(1, 40))
    def go_on_a_little(self, which: int, more: int) -> None:
        """Of a sleeper: some touches more."""
        sleeper = self.sleepers[which % len(self.sleepers)]
        told = self.place.yard.ask(do="go", names=[sleeper.name], hold=more)[sleeper.name]
        self._after(sleeper, told)  # type: ignore[arg-type]

    @precondition(lambda self: self.sleepers)
    @rule(which=st.integers(0, _SLEEPERS))
    def wake(self, which: int) -> None:
        """A sleeper goes on to its end."""
        sleeper = self.sleepers[which % len(self.sleepers)]
        told = self.place.yard.ask(do="go", names=[sleeper.name], hold=None)[sleeper.name]
        self._after(sleeper, told)  # type: ignore[arg-type]

    @precondition(lambda self: self.sleepers)
    @rule(which=st.integers(0, _SLEEPERS))
    def kill_a_sleeper(self, which: int) -> None:
        """SIGKILL while it holds still."""
        sleeper = self.sleepers.pop(which % len(self.sleepers))
        self.place.yard.ask(do="kill", name=sleeper.name)
        TALLY["kills"] += 1
        self._look()

    @rule(days=_DAYS, other=_DAYS, at=st.tuples(_AT, _AT), newer=st.booleans())
    def race(self, days: list[int], other: list[int], at: tuple[int, int], newer: bool) -> None:
        """Two go on at the same moment, each from its own touch, on both cores."""
        racers = []
        for mine, hold in zip((days, other), at, strict=True):
            racer = Sleeper(self._start(), mine, self.v)
            told = self._go(racer.name, mine, hold=self._touch(hold))
            if told["code"] is None:
                racers.append(racer)
            else:
                self._ended(racer, told["code"])
            if newer:
                self.new_readings()
        if len(racers) == 2:
            TALLY["races"] += 1
        told_all = self.place.yard.ask(do="go", names=[racer.name for racer in racers], hold=None)
        for racer in racers:
            told = told_all[racer.name]
            assert isinstance(told, dict)
            self._ended(racer, told["code"])
        self._look()

    @precondition(lambda self: self.place.form == "delta" and self.books[0].published)
    @rule(
        of=st.sampled_from(DATASETS),
        hand=st.sampled_from(["optimize", "append", "delete", "restore", "vacuum"]),
    )
    def foreign_hand(self, of: str, hand: str) -> None:
        """Another team, by deltalake alone."""
        book = next(each for each in self.books if each.uri.endswith(of))
        if not book.published:
            return
        TALLY["foreign hands"] += 1
        access = {**book.options, "AWS_ALLOW_HTTP": "true"} if book.options else None
        table = deltalake.DeltaTable(book.uri, storage_options=access)
        if hand == "optimize":
            table.optimize.compact()
        elif hand == "append":
            rows = table.to_pyarrow_table().slice(0, 1)
            deltalake.write_deltalake(table, rows, mode="append")
        elif hand == "delete":
            table.delete("name = 'key0'")
        elif hand == "restore" and table.version():
            table.restore(table.version() - 1)
        elif hand == "vacuum":
            table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
            self.vacuumed = True
        book.others_wrote = True
        for sleeper in self.sleepers:
            sleeper.saw_a_hand = True
        self._look()

    @precondition(lambda self: self.place.s3 is not None)
    @rule(
        match=st.sampled_from(["PUT ", r"PUT .*\.json", r"PUT .*\.parquet"]),
        action=st.sampled_from(["busy", "lost", "reset"]),
        times=st.integers(1, 3),
    )
    def storm(self, match: str, action: str, times: int) -> None:
        """The next puts go wrong on their way, or their replies."""
        self.stormy = True
        self._weather(Fault(match=match, action=action, times=times))

    @precondition(lambda self: self.place.s3 is not None)
    @rule(match=st.sampled_from(["GET ", r"GET .*\.json"]), action=st.sampled_from(["busy", "cut", "slow"]))
    def storm_of_reads(self, match: str, action: str) -> None:
        """The next read goes wrong."""
        self.storm(match, action, 1)

    def teardown(self) -> None:
        """Sleepers wake, one more run, and then nothing is left to do."""
        try:
            while self.sleepers:
                self.wake(0)
            self._run([0, 1])
            before = [dict(book.published) for book in self.books]
            self._run([0, 1])
            assert [dict(book.published) for book in self.books] == before, (
                "a run that had nothing to do published"
            )
            self._ask_the_onlooker()
        finally:
            self.place.yard.ask(
                do="open", root=str(self.shop.root), form=self.place.form, lake=self.shop.lake.uri, options={}
            )

    # What must hold.

    def _weather(self, *faults: Fault) -> None:
        if self.place.s3 is not None and self.stormy:
            left = self.place.s3.say(faults)
            TALLY["faults on the way"] += self.coming - sum(left)
            self.coming = sum(fault.times for fault in faults)

    def _run(self, days: list[int]) -> None:
        self._weather()
        name = self._start()
        code = self._go(name, days, hold=None)["code"]
        assert code == 0, f"a run that nobody met ended with {code}: {self._said(name)}"
        self._look()
        for book in self.books:
            for n in days:
                day = str(DAYS[n].first_day)
                assert book.now().get(day) == whole(self.v, KEYS), f"{book.uri} {day}: {book.now()}"

    def _after(self, sleeper: Sleeper, told: Mapping[str, object]) -> None:
        if told["code"] is not None:
            self.sleepers.remove(sleeper)
            self._ended(sleeper, told["code"])
        self._look()

    def _ended(self, run: Sleeper, code: object) -> None:
        """Exit 0 is true: all that it would have made was published since it began, by whomsoever."""
        said = self._said(run.name)
        allowed = {0, RETRY, 70} if self.vacuumed else {0, RETRY}
        assert code in allowed, f"{run} ended with {code}: {said}"
        self._look()
        if code != 0:
            return
        for n in run.days:
            day = str(DAYS[n].first_day)
            there = [set(book.published.get(day, [])) for book in self.books]
            true = set.intersection(*there) & set(range(run.since, self.v + 1))
            assert true, f"{run} says 0, but {day} was never {run.since} to {self.v}: {there} {said}"

    def _look(self) -> None:
        self._weather()
        for book in self.books:
            book.read_on()

    def _ask_the_onlooker(self) -> None:
        """Every state that it saw is that of whole days; of tables that nobody else wrote to."""
        told = self.place.onlooker.ask(seen=True)
        TALLY["looks"] += int(str(told["looks"]))
        assert self.vacuumed or self.stormy or not told["lost"], "a file was gone while it was read"
        states = told["seen"]
        assert isinstance(states, list)
        wholes = [[list(pair) for pair in whole(v, KEYS)] for v in range(1, self.v + 1)]
        for book, of_table in zip(self.books, states, strict=True):
            for state in of_table if not book.others_wrote else ():
                for day, rows in json.loads(state).items():
                    assert rows in wholes, f"{book.uri}: a reader saw {day} as {rows}"

    # Doing.

    def _start(self) -> str:
        self.names += 1
        TALLY["runs"] += 1
        return f"run{self.names}"

    def _go(self, name: str, days: list[int], *, hold: int | None) -> dict[str, object]:
        self.place.yard.ask(do="start", name=name, days=days)
        told = self.place.yard.ask(do="go", names=[name], hold=hold)[name]
        assert isinstance(told, dict)
        self.touches = max(self.touches, int(told["touches"]))
        return told

    def _touch(self, at: int) -> int:
        return 1 + at * self.touches // 100

    def _said(self, name: str) -> str:
        log = self.shop.root.with_name(f"{name}.log")
        return log.read_text() if log.exists() else ""


def machine_of(place: Place) -> type[Machine]:
    """The machine on this format and place."""
    return type("Machine", (Machine,), {"place": place})
