"""A table that a failed run has left, and into which nothing was ever published, takes the columns anew."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from framework.errors import FailedError, MisconfiguredError
from framework.publish.delta.metadata import OvertakenError
from framework.publish.delta.migration import require_migratable
from framework.publish.delta.statistics import STATISTICS_COLUMNS, parse_indexed
from framework.publish.delta.untouched import replace_columns
from framework.publish.identity import identity_of
from framework.publish.parquet import prepare
from tests.storage.publishing import (
    D1,
    D2,
    OWNER,
    WORLDS,
    World,
    by_day,
    delta_world,
    make_of,
    parquet_world,
    rows_of,
)

Make = Callable[..., World]

CORRECTED = by_day(schema="day DATE NOT NULL, name STRING, amount DOUBLE")
"""One column of another type than `by_day` has."""


@pytest.fixture(params=WORLDS)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a world of the format, in the place that is tested."""
    return make_of(request, tmp_path)


def test_a_table_that_nothing_was_published_into_takes_the_columns_anew(make: Make) -> None:
    """A first run made it and failed; its contract was corrected, and there is nothing to migrate."""
    world = make().prepare()
    for schema in ("day DATE, name INT, n TIMESTAMP_NTZ", "day DATE NOT NULL, amount DOUBLE NOT NULL"):
        world.prepare(output=by_day(schema=schema))
    corrected = by_day(schema="day DATE NOT NULL, amount DOUBLE NOT NULL")
    audited = world.stage({D1: [(D1.first_day, 1.5)]}, output=corrected)
    assert [r.outcome for r in world.publish(audited)] == ["published"]
    assert world.rows() == [(D1.first_day, 1.5)]
    with pytest.raises(MisconfiguredError):
        world.prepare()


def test_columns_stay_once_an_interval_was_published_without_rows(make: Make) -> None:
    """It has a generation: who reads it reads these columns."""
    world = make().prepare()
    world.run({D1: []})
    with pytest.raises(MisconfiguredError):
        world.prepare(output=by_day(schema="day DATE NOT NULL, name STRING, amount DOUBLE"))


def test_a_run_of_the_contract_before_publishes_nothing_into_other_columns(make: Make) -> None:
    """It was staging while the table took the corrected ones; rows of theirs are published beside it."""
    world = make().prepare()
    late, prepared = world.stage({D1: rows_of(D1, "late")}), world.prepared
    corrected = by_day(schema="day DATE NOT NULL, name STRING, amount DOUBLE")
    world.prepare(output=corrected)
    mine = world.stage({D2: [(D2.first_day, "b", 1.5)]}, output=corrected)
    current, world.prepared = world.prepared, prepared
    with pytest.raises((FailedError, MisconfiguredError)):
        world.publish(late)
    world.prepared = current
    assert [r.outcome for r in world.publish(mine)] == ["published"]
    assert world.rows() == [(D2.first_day, "b", 1.5)]


def test_a_run_of_the_contract_before_adds_no_column_back(make: Make) -> None:
    """A name was corrected: who still has the wrong one is told, and the corrected contract goes on."""
    wrong, right = (by_day(schema=f"day DATE NOT NULL, {name} BIGINT") for name in ("amuont", "amount"))
    world = make(wrong).prepare()
    late, prepared = world.stage({D1: [(D1.first_day, 1)]}), world.prepared
    world.prepare(output=right)
    current, world.prepared = world.prepared, prepared
    with pytest.raises(MisconfiguredError):
        world.publish(late)
    world.prepared = current
    mine = world.stage({D2: [(D2.first_day, 2)]}, output=right)
    assert [r.outcome for r in world.publish(mine)] == ["published"]
    world.prepare(output=right)


def test_of_a_publish_and_other_columns_at_once_one_wins(make: Make) -> None:
    """Another run takes the columns anew just before the rows come: they are there, or it is refused."""
    world = make().prepare()
    audited, calls, refused = world.stage({D1: rows_of(D1, "a")}), [], []

    def overtake() -> None:
        calls.append(None)
        if len(calls) != 2:  # the first call comes before anything is looked at
            return
        try:
            world.publisher.prepare(CORRECTED, world.binding, owner=OWNER, grain="day")
        except MisconfiguredError:
            refused.append(True)
        else:
            refused.append(False)

    assert world.prepared is not None
    try:
        world.publisher.publish(world.prepared, audited, audited.publishable, wanted=overtake)
    except (FailedError, MisconfiguredError):
        assert refused == [False]
        assert world.rows() == []
    else:
        assert False not in refused
        assert world.rows() == rows_of(D1, "a")


def test_runs_that_take_the_same_columns_at_once_are_both_right(tmp_path: Path) -> None:
    """The second finds them there; who was faster with other ones is looked at anew."""
    world = delta_world(tmp_path).prepare()
    stale = world.delta()
    world.prepare(output=CORRECTED)
    assert CORRECTED.schema is not None
    with pytest.raises(OvertakenError):
        replace_columns(stale, world.binding.location, CORRECTED.schema)
    world.prepare(output=CORRECTED)
    assert world.version() == 1


def test_there_is_nothing_to_migrate(tmp_path: Path) -> None:
    """Who asks for it all the same is told what to do instead."""
    world = delta_world(tmp_path).prepare()
    identity = identity_of(CORRECTED, owner=OWNER, grain="day", zone="UTC")
    with pytest.raises(MisconfiguredError, match="nothing was published into the table") as caught:
        require_migratable(world.binding, identity, {})
    assert "Run its job" in (caught.value.faults[0].hint or "")


def test_statistics_are_of_the_columns_that_there_are(tmp_path: Path) -> None:
    """A property that names a column without bounds would make readers skip its rows."""
    world = delta_world(tmp_path).prepare().prepare(output=CORRECTED)
    configuration = world.delta().metadata().configuration
    assert parse_indexed(configuration[STATISTICS_COLUMNS]) == ("name",)
    world.prepare(output=by_day(schema="day DATE, amount DOUBLE"))
    assert STATISTICS_COLUMNS not in world.delta().metadata().configuration


@pytest.mark.parametrize("by", ["rows", "rows that are gone", "rule", "another program"])
def test_what_others_have_made_of_it_stays(tmp_path: Path, by: str) -> None:
    """Rows, also those that were deleted again, a rule of the table, and a table that is not ours."""
    world = delta_world(tmp_path)
    schema = pa.schema([("day", pa.date32()), ("name", pa.string()), ("amount", pa.int64())])
    rows = pa.Table.from_pylist([{"day": D1.first_day, "name": "a", "amount": 1}], schema)
    if by == "another program":
        write_deltalake(world.binding.location.uri, rows, partition_by=["day"])
    else:
        world.prepare()
    if by.startswith("rows"):
        write_deltalake(world.binding.location.uri, rows, mode="append")
    if by == "rows that are gone":
        world.delta().delete()
    if by == "rule":
        world.delta().alter.add_constraint({"positive": "amount > 0"})
    version = world.delta().version()
    with pytest.raises(MisconfiguredError):
        world.prepare(output=CORRECTED)
    assert world.delta().version() == version


def test_columns_of_pointers_are_settled_by_the_first_publish(tmp_path: Path) -> None:
    """Killed between that and its pointer, it runs again; the columns are only widened from then on."""
    world = parquet_world(tmp_path).prepare()
    audited = world.stage({D1: rows_of(D1, "a")})

    class KilledError(Exception):
        """SIGKILL just before the pointer."""

    calls = []

    def die() -> None:
        calls.append(None)
        if len(calls) == 2:
            raise KilledError

    assert world.prepared is not None
    with pytest.raises(KilledError):
        world.publisher.publish(world.prepared, audited, audited.publishable, wanted=die)
    with pytest.raises(MisconfiguredError, match="amount is BIGINT in the table and DOUBLE in the schema"):
        world.prepare(output=CORRECTED)
    assert world.run({D1: rows_of(D1, "b")}) == ["published"]


def test_who_comes_late_with_the_columns_of_pointers_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run takes them anew between a publish's look and what it puts to settle them."""
    world = parquet_world(tmp_path).prepare()
    audited, put = world.stage({D1: rows_of(D1, "a")}), prepare._put_next

    def overtaken(*given: Any) -> None:
        monkeypatch.setattr(prepare, "_put_next", put)
        world.publisher.prepare(CORRECTED, world.binding, owner=OWNER, grain="day")
        put(*given)

    monkeypatch.setattr(prepare, "_put_next", overtaken)
    with pytest.raises(MisconfiguredError, match="amount is DOUBLE in the table and BIGINT in the schema"):
        world.publish(audited)
    assert world.rows() == []
