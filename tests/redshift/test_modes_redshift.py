"""Rows that are merged, and rows that are appended."""

from datetime import date

import pytest

from framework import Output
from framework.errors import MisconfiguredError
from framework.interval import WHOLE
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import RedshiftWorld, redshift_world
from tests.s3.serving import S3
from tests.storage.publishing import D1, D2, by_day, rows_of

MERGED = Output(
    "flights.state",
    schema="day DATE NOT NULL, name STRING NOT NULL, amount BIGINT",
    time="day",
    key="name",
    mode="merge",
    sequence_by="amount",
)


@pytest.fixture
def merged(redshift: Redshift, s3: S3) -> RedshiftWorld:
    """An empty table into which rows are merged."""
    return redshift_world(redshift, s3, MERGED, table="state").prepare()


def row(day: date, name: str, amount: int | None) -> tuple[object, ...]:
    """One row."""
    return (day, name, amount)


def test_newer_rows_take_the_place_of_older_ones(merged: RedshiftWorld) -> None:
    """By key; what is older than what is there stays out, what has a new key comes in."""
    one, two = D1.first_day, D2.first_day
    merged.run({D1: [row(one, "a", 1), row(one, "b", 5), row(one, "c", None)]})
    merged.run({D2: [row(two, "a", 2), row(two, "b", 4), row(two, "c", 0), row(two, "d", 1)]})
    assert merged.rows() == [row(one, "b", 5), row(two, "a", 2), row(two, "c", 0), row(two, "d", 1)]
    assert {interval: each.number for interval, each in merged.published(D1, D2).items()} == {D1: 1, D2: 1}


def test_time_decides_where_the_sequence_is_equal(merged: RedshiftWorld) -> None:
    """An earlier interval that is made again does not take the place of a later one's row."""
    merged.run({D2: [row(D2.first_day, "a", 1)]})
    merged.run({D1: [row(D1.first_day, "a", 1)]})
    assert merged.rows() == [row(D2.first_day, "a", 1)]


def test_a_row_without_a_sequence_is_the_oldest(merged: RedshiftWorld) -> None:
    """A NULL never takes the place of a value."""
    merged.run({D1: [row(D1.first_day, "a", 0)]})
    merged.run({D2: [row(D2.first_day, "a", None)]})
    assert merged.rows() == [row(D1.first_day, "a", 0)]


def test_merging_again_changes_nothing(merged: RedshiftWorld) -> None:
    """The same interval once more, forced, has the same rows."""
    for number in (1, 2):
        assert merged.run({D1: [row(D1.first_day, "a", 1)]}, code=f"v{number}") == ["published"]
        assert merged.rows() == [row(D1.first_day, "a", 1)]
    assert merged.published(D1)[D1].number == 2


def test_what_somebody_else_did_to_merged_rows_is_noticed(merged: RedshiftWorld) -> None:
    """Intervals share the rows, so that all of them are touched."""
    merged.run({D1: [row(D1.first_day, "a", 1)]})
    merged.run({D2: [row(D2.first_day, "b", 1)]})
    assert all(generation.is_intact for generation in merged.published(D1, D2, WHOLE).values())
    merged.delete(D1, "a")
    assert not any(generation.is_intact for generation in merged.published(D1, D2, WHOLE).values())


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"mode": "scd2"}, "scd2"), ({"delete_when": "amount < 0"}, "delete_when")],
)
def test_what_cannot_be_merged_there_is_refused(
    redshift: Redshift, s3: S3, changes: dict[str, str], said: str
) -> None:
    """Before anything is staged, by name."""
    output = Output(
        "flights.state",
        schema="name STRING NOT NULL, amount BIGINT",
        key="name",
        sequence_by="amount",
        **{"mode": "merge", **changes},
    )
    with pytest.raises(MisconfiguredError, match=said):
        redshift_world(redshift, s3, output, grain=None).prepare()


def test_appended_rows_are_there_once(redshift: Redshift, s3: S3) -> None:
    """Each interval's rows once; made anew, they take the place of the interval's own."""
    world = redshift_world(redshift, s3, by_day(mode="append")).prepare()
    world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    world.run({D1: rows_of(D1, "c")}, code="v2")
    assert world.rows() == [*rows_of(D1, "c"), *rows_of(D2, "b")]


def test_rows_of_others_are_not_appended_to(redshift: Redshift, s3: S3) -> None:
    """They could not be told from ours later: who made them is asked first."""
    world = redshift_world(redshift, s3, by_day(mode="append")).prepare()
    redshift.run(f"INSERT INTO {world.table} VALUES ('2013-01-01', 'theirs', 1)")
    with pytest.raises(MisconfiguredError, match="has not made are in 2013-01-01"):
        world.run({D1: rows_of(D1, "a")})
    assert world.rows() == rows_of(D1, "theirs")
