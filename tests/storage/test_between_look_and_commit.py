"""What happens just between a run's look at a table and its commit: the moment that the guards are for.

`wanted` is called at that very moment, so a test can act there without a thread or a pause.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from framework.audit.audited import Audited
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.errors import RetryError
from framework.generation import Generation, Pin
from framework.interval import Interval
from framework.outcome import Outcome
from framework.plan.needs import Needs
from framework.publish import clean
from framework.publish.fate import take_fate
from framework.publish.parquet import objects
from framework.publish.protocol import Receipt, Wanted
from framework.run.events import EventName, PlainReporter
from framework.tables.protocol import TableReader
from framework.tables.published import read_published
from tests.storage import trio
from tests.storage.publishing import D1, D2, WORLDS, World, delta_world, parquet_world, rows_of, seen


def _just_before(act: Callable[[], object]) -> Wanted:
    """A `wanted` that acts at its second call: the first is before anything is looked at."""
    calls = []

    def wanted() -> None:
        calls.append(1)
        if len(calls) == 2:
            act()

    return wanted


def _publish(world: World, audited: Audited, act: Callable[[], object]) -> tuple[Receipt, ...]:
    return world.publisher.publish(world.prepared, audited, audited.publishable, wanted=_just_before(act))


@pytest.fixture(params=["delta", "parquet"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A table with one published day."""
    made: World = WORLDS[request.param](tmp_path).prepare()
    made.run({D1: rows_of(D1, "old")}, code="v0")
    return made


def test_a_run_that_is_stopped_just_before_its_commit_publishes_nothing(world: World) -> None:
    """SIGTERM, or a lost parent, after the table was looked at: not one row."""

    def stop() -> None:
        raise RetryError("stopped")

    with pytest.raises(RetryError, match="stopped"):
        _publish(world, world.stage({D1: rows_of(D1, "new")}), stop)
    assert world.rows() == rows_of(D1, "old")


def test_who_publishes_between_the_look_and_the_commit_wins(world: World) -> None:
    """Whoever commits first; the other, which saw the same generation, changes nothing and says so."""
    ours, theirs = (world.stage({D1: rows_of(D1, name)}, code=name) for name in ("ours", "theirs"))
    (receipt,) = _publish(world, ours, lambda: world.publish(theirs))
    assert (receipt.outcome, receipt.generation.number) == ("retry", 2)
    assert world.rows() == rows_of(D1, "theirs")


def test_a_table_created_anew_since_a_first_run_s_plan_is_left_alone(world: World) -> None:
    """Nothing tells a first run's plan from another's but the table that was prepared for it."""
    audited = world.stage({D2: rows_of(D2, "new")})
    world.drop()
    before, world.prepared = world.prepared, world.prepare().prepared
    assert before != world.prepared
    world.prepared = before
    with pytest.raises(RetryError, match="dropped and created anew"):
        world.publish(audited)
    assert world.rows() == []


def test_of_two_that_looked_at_the_same_table_one_publishes(world: World) -> None:
    """Of two intervals whose rules looked at the whole table, the second to commit has to look again."""
    version = world.version()
    ours, theirs = (seen(world.stage({i: rows_of(i, "same key")}), version, i) for i in (D1, D2))
    with pytest.raises(RetryError, match="the table changed since it was checked"):
        _publish(world, ours, lambda: world.publish(theirs))
    assert world.rows() == [*rows_of(D1, "old"), *rows_of(D2, "same key")]


def test_a_put_that_was_made_and_then_failed_is_found_to_be_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store did it, and answered no more: the pointer is read, and it was published."""
    world = parquet_world(tmp_path).prepare()
    put = objects.put_if_absent

    def put_and_fail(location: Location, path: str, content: bytes) -> bool:
        put(location, path, content)
        raise RetryError("the store did not answer")

    monkeypatch.setattr(objects, "put_if_absent", put_and_fail)
    assert world.run({D1: rows_of(D1, "a")}) == ["published"]
    assert world.rows() == rows_of(D1, "a")


def _append(world: World, name: str, of: date) -> None:
    schema = pa.schema([("day", pa.date32()), ("name", pa.string()), ("amount", pa.int64())])
    rows = pa.Table.from_pylist([{"day": of, "name": name, "amount": 9}], schema=schema)
    write_deltalake(world.binding.location.uri, rows, mode="append")


def test_foreign_rows_that_come_between_the_look_and_the_commit_are_replaced(tmp_path: Path) -> None:
    """An append by another engine into our day, and into another: ours has our rows, theirs stays."""
    world = delta_world(tmp_path).prepare()
    world.run({D1: rows_of(D1, "old")}, code="v0")

    def append() -> None:
        _append(world, "foreign", D1.first_day)
        _append(world, "foreign", D2.first_day)

    (receipt,) = _publish(world, world.stage({D1: rows_of(D1, "new")}), append)
    assert receipt.outcome == "published"
    assert [(row[0], row[1]) for row in world.rows()] == [
        (D1.first_day, "new"),
        (D2.first_day, "foreign"),
    ]


def test_clean_takes_no_stage_whose_fate_was_taken_lately(world: World) -> None:
    """Old files whose run has just begun to publish them: they are about to be live."""
    audited = world.stage({D1: rows_of(D1, "new")})
    cutoff = datetime.now(UTC) - timedelta(minutes=1)
    for file in audited.staged.files:
        world.age(file.path, cutoff - timedelta(days=9))
    take_fate(audited.staged)
    clean.remove(world.binding, clean.look(world.binding, cutoff), cutoff)
    for file in audited.staged.files:
        world.age(file.path, datetime.now(UTC))  # how old a stage may be to be published is another matter
    assert [receipt.outcome for receipt in world.publish(audited)] == ["published"]
    assert world.rows() == rows_of(D1, "new")


class _Then(PlainReporter):
    """Acts at the first `published` event."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act: Callable[[], object] | None = act

    def event(self, name: EventName, job: str, detail: str = "") -> None:
        super().event(name, job, detail)
        if name == "published" and self._act is not None:
            act, self._act = self._act, None
            act()


def test_an_output_that_moved_since_keeps_the_later_ones_back(tmp_path: Path) -> None:
    """A newer run replaces our first output while we go on to the second: ours is not put beside it."""
    world = trio.delta(tmp_path)
    ours = world.stage()
    newer: list[trio.Staging] = []

    def overtake() -> None:
        newer.append(world.stage("v2"))
        newer[0].publish(1)

    ours.attempt.context.reporter = _Then(overtake)
    assert ours.publish() == {trio.D1: Outcome.RETRY}
    assert world.made_by() == [newer[0].stage_id, None, None]


class _Interrupted:
    """A reader after whose first look something happens."""

    def __init__(self, reader: TableReader, act: list[Callable[[], object]]) -> None:
        self._reader = reader
        self._act = act

    def _then(self) -> None:
        if self._act:
            self._act.pop()()

    def published(self, binding: Binding, intervals: Iterable[Interval]) -> Mapping[Interval, Generation]:
        found = self._reader.published(binding, intervals)
        self._then()
        return found

    def pin(self, binding: Binding, intervals: Iterable[Interval]) -> Pin:
        found = self._reader.pin(binding, intervals)
        self._then()
        return found


def test_inputs_are_never_older_than_the_output_that_was_looked_at(tmp_path: Path) -> None:
    """Both are made anew while we look: old inputs beside the newer generation would pass the compare."""
    world = trio.delta(tmp_path)
    world.stage().publish()
    act: list[Callable[[], object]] = [lambda: world.stage("v2").publish()]
    needs = Needs(outputs={"t.b": (D1,)}, inputs={"t.a": (D1,)})
    found = read_published(
        world.environment,
        needs,
        lambda binding: _Interrupted(world.formats.reader(binding), act),  # type: ignore[arg-type,return-value]
    )
    assert not act
    assert found.generations["t.b", D1].number <= found.pins["t.a"].generations[D1]
