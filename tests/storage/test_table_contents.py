"""What a table says of its own rows without reading them, run against Delta and its in-memory twin."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.interval import WHOLE
from tests.storage.publishing import (
    D1,
    D2,
    D3,
    World,
    by_day,
    by_path,
    day,
    delta_world,
    memory_world,
    parquet_world,
    rows_of,
    whole,
)

Make = Callable[..., World]
FOREIGN = pa.schema([("day", pa.date32()), ("name", pa.string()), ("amount", pa.int64())])
"""Columns of `by_day`, as another engine writes them."""


@pytest.fixture(params=[delta_world, parquet_world, memory_world], ids=["delta", "parquet", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a world of the format that is tested."""
    return lambda *args, **kwargs: request.param(tmp_path, *args, **kwargs)


def test_no_table_says_nothing(make: Make) -> None:
    """Nothing is known of a table that is not there."""
    world = make()
    assert world.reader.contents(world.binding, (D1,)) is None


@pytest.mark.parametrize("output", [by_day, by_path], ids=["by day", "by path"])
def test_rows_are_counted_by_interval(make: Make, output: Callable) -> None:
    """Intervals that were asked for have their own counts, one that was never published has none."""
    world = make(output()).prepare()
    time = (lambda i: i.start) if output is by_path else (lambda i: i.first_day)
    world.run({D1: [(time(D1), "a", 1), (time(D1), "b", 2)], D2: [], D3: [(time(D3), "c", 3)]})
    contents = world.reader.contents(world.binding, (D1, D2))
    assert {interval: found.rows for interval, found in contents.of.items()} == {D1: 2, D2: 0}
    assert contents.rest.rows == 1
    assert contents.pin.read_version == world.version()
    never = world.reader.contents(world.binding, (day("2013-01-09"),))
    assert (never.of, never.rest.rows) == ({}, 3)


def test_a_whole_table_is_counted_whole(make: Make) -> None:
    """The present generation is all there is."""
    world = make(whole(), grain=None).prepare()
    assert world.reader.contents(world.binding, (WHOLE,)).of == {}
    world.run({WHOLE: rows_of(D1, "a", "b")})
    contents = world.reader.contents(world.binding, (WHOLE,))
    assert (contents.of[WHOLE].rows, contents.rest.rows) == (2, 0)


def test_an_older_generation_does_not_count(make: Make) -> None:
    """What was replaced is no row of the table."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "a", "b", "c")})
    world.run({D1: rows_of(D1, "a")}, code="v2")
    assert world.reader.contents(world.binding, (D1,)).of[D1].rows == 1


def test_foreign_rows_count_where_they_are(tmp_path: Path) -> None:
    """Rows that another engine appended are in the table, in their day or in none."""
    world = delta_world(tmp_path).prepare()
    world.run({D1: rows_of(D1, "a")})
    days = [D1.first_day, D2.first_day, None]
    foreign = pa.table([days, ["x"] * 3, [None, 7, 9]], schema=FOREIGN)
    write_deltalake(world.binding.location.uri, foreign, mode="append")
    contents = world.reader.contents(world.binding, (D1,))
    assert (contents.of[D1].rows, contents.rest.rows, contents.rest.nulls("day")) == (2, 2, 1)
    assert contents.rest.bounds("day") == (D2.first_day, D2.first_day)
    assert contents.rest.bounds("amount") == (7, 9)


def test_a_file_that_does_not_say_makes_the_count_unknown(tmp_path: Path) -> None:
    """A writer may leave `numRecords` out: then nobody guesses."""
    world = delta_world(tmp_path).prepare()
    world.run({D1: rows_of(D1, "a")})
    commit = Path(world.binding.location.uri, "_delta_log", f"{world.version():020}.json")
    lines = [line for line in commit.read_text().splitlines() if '"add"' not in line]
    (added,) = [line for line in commit.read_text().splitlines() if '"add"' in line]
    start = added.index('"stats":')
    end = added.index('}"', start) + 2
    commit.write_text("\n".join([*lines, added[:start] + '"stats":null' + added[end:]]))
    contents = world.reader.contents(world.binding, (D1, D2))
    assert contents.of == {D1: None}
    assert contents.rest.rows == 0


AMOUNTS = st.none() | st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(st.tuples(st.none() | st.text(max_size=3), AMOUNTS), max_size=5)


@settings(max_examples=30)
@given(first=ROWS, second=ROWS, foreign=ROWS)
def test_what_the_log_says_is_what_a_scan_finds(
    tmp_path_factory: pytest.TempPathFactory, first: list, second: list, foreign: list
) -> None:
    """Counts of rows and NULLs, and bounds where any are told, equal those of the rows themselves."""
    world = delta_world(tmp_path_factory.mktemp("table")).prepare()
    world.run({D1: [(D1.first_day, *row) for row in first], D2: [(D2.first_day, *row) for row in second]})
    rows = [{"day": D3.first_day, "name": name, "amount": amount} for name, amount in foreign]
    write_deltalake(world.binding.location.uri, pa.Table.from_pylist(rows, schema=FOREIGN), mode="append")
    contents = world.reader.contents(world.binding, (D1,))
    table = DeltaTable(world.binding.location.uri).to_pyarrow_table().to_pylist()
    for found, mine in ((contents.of[D1], [D1.first_day]), (contents.rest, [D2.first_day, D3.first_day])):
        values = [row for row in table if row["day"] in mine]
        assert found.rows == len(values)
        for column in ("day", "name", "amount"):
            there = [row[column] for row in values if row[column] is not None]
            assert found.nulls(column) in (None, len(values) - len(there))
            assert found.bounds(column) in (None, (min(there), max(there)) if there else None)
        assert found.nulls("amount") is not None
