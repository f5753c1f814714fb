"""Which files are live, by interval, and after a commit without loading the table anew."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import deltalake
import pytest

from framework import Output
from framework.errors import RetryError
from framework.interval import WHOLE
from framework.publish.delta import publication
from framework.tables.delta.generations import read_generations
from framework.tables.delta.live import attribute, layout_of
from framework.tables.delta.log import Log, parse_commit
from framework.tables.delta.snapshot import files_of, live_files
from tests.storage.publishing import D1, D2, D3, Rows, World, by_day, by_path, delta_world, rows_of, whole

HOSTILE = ("a/b", "50% off", "%2F", "ü=ß", "x y")


def _instants(*names: str) -> Rows:
    return [(datetime(2013, 1, 1, tzinfo=UTC), name, 1) for name in names]


@pytest.mark.parametrize(
    ("output", "rows"),
    [
        (by_day(), rows_of(D1, "a")),
        (by_day(partition_by=("day", "name")), rows_of(D1, *HOSTILE)),
        (by_path(partition_by=("name",)), _instants(*HOSTILE)),
    ],
    ids=["by day", "by day and name", "by path"],
)
def test_files_of_some_intervals_are_those_among_all_files(
    tmp_path: Path, output: Output, rows: Rows
) -> None:
    """Whatever partition values and paths hold."""
    world = delta_world(tmp_path, output).prepare()
    later = [(row[0].replace(day=2), *row[1:]) for row in rows]  # type: ignore[attr-defined]
    for code in ("v1", "v2"):
        world.run({D1: rows, D2: later}, code=code)
    table, location = world.delta(), world.binding.location
    everything = live_files(table, location)
    assert len(everything) == 2 * len(rows)
    for asked in ([D1], [D2, D3], [D1, D2], []):
        expected = attribute(everything, asked, layout_of(table), location)
        found = files_of(table, asked, location)
        assert {i: set(files) for i, files in found.items()} == {i: set(f) for i, f in expected.items()}


@pytest.mark.parametrize(
    "output", [by_day(partition_by=("day", "name")), by_path(), whole()], ids=["by day", "by path", "whole"]
)
def test_a_handle_and_the_next_commit_tell_what_a_new_handle_does(tmp_path: Path, output: Output) -> None:
    """Replaced, added and untouched files, and intervals without any."""
    world = delta_world(tmp_path, output, grain=None if output.time is None else "day").prepare()
    intervals = (D1, D2, D3) if output.time else (WHOLE,)
    make = _instants if output.time == "at" else lambda *names: rows_of(D1, *names)

    def publish(code: str, *names: str) -> None:
        rows = make(*names)
        others = [(row[0].replace(day=2), *row[1:]) for row in rows] if output.time else []
        pairs = dict(zip(intervals, (rows, others, []), strict=False))
        assert set(world.run(pairs, code=code)) == {"published"}

    publish("v1", *HOSTILE)
    before = world.delta()
    publish("v2", "b", "50% off")
    after = world.delta()
    log = Log(world.binding.location, after.version())
    fresh = read_generations(after, world.binding, intervals)
    assert read_generations(before, world.binding, intervals, log=log) == fresh
    assert all(generation.is_intact for generation in fresh.values())


def test_a_publish_loads_the_table_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 100,000 live files a load takes longer than all the rest of a small publish."""
    world = delta_world(tmp_path).prepare()
    audited = world.stage({D1: rows_of(D1, "a")})
    loads = []
    load = deltalake.DeltaTable.__init__

    def counted(*arguments, **options) -> None:
        loads.append(arguments)
        load(*arguments, **options)

    monkeypatch.setattr(deltalake.DeltaTable, "__init__", counted)
    assert [receipt.outcome for receipt in world.publish(audited)] == ["published"]
    assert len(loads) == 1


@pytest.mark.parametrize(("then", "said"), [("nothing", "dropped while"), ("another", "created anew")])
def test_a_table_that_was_dropped_around_the_commit_is_no_publish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str, said: str
) -> None:
    """A handle does not notice; the log of now is of no table, or of another."""
    world = delta_world(tmp_path).prepare()
    commit: Callable[..., None] = publication.commit

    def drop_first(*arguments) -> None:
        world.drop()
        if then == "another":
            delta_world(tmp_path).prepare()
            commit(*arguments)

    monkeypatch.setattr(publication, "commit", drop_first)
    with pytest.raises(RetryError, match=said):
        world.run({D1: rows_of(D1, "a")})


def test_actions_of_a_commit_are_known_however_they_are_spelled() -> None:
    """Others may write blanks and empty lines; transactions and the table's id are found among files."""
    text = (
        b'{"add":{"path":"a","dataChange":true}}\n'
        b'{ "remove" : {"path":"b","deletionTimestamp":1}}\r\n\n'
        b'{"txn":{"appId":"x","version":3}}\n'
        b'{"metaData":{"id":"t"}}\n{"commitInfo":{"timestamp":1}}'
    )
    commit = parse_commit(7, text)
    assert ([each["path"] for each in commit.added], [each["path"] for each in commit.removed]) == (
        ["a"],
        ["b"],
    )
    assert (commit.transactions, commit.table_id, commit.info) == ({"x": 3}, "t", {"timestamp": 1})
    assert (commit.changes_schema, commit.changes_data, len(commit.lines)) == (True, True, 2)


def test_the_tables_id_is_found_in_a_checkpoint_too(tmp_path: Path) -> None:
    """When the commit that said it has expired."""
    world: World = delta_world(tmp_path).prepare()
    world.run({D1: rows_of(D1, "a")})
    world.delta().create_checkpoint()
    Path(world.binding.location.uri, "_delta_log", f"{0:020}.json").unlink()
    log = Log(world.binding.location, world.version())
    assert log.table_id == str(world.delta().metadata().id)
    assert world.run({D2: rows_of(D2, "b")}) == ["published"]
