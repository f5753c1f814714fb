"""Who waits for whom: publishes for each other, and no reader of the table for a publish or the other way."""

from dataclasses import replace

import pytest

from framework import Input
from framework.errors import RetryError
from framework.tables.protocol import Reading
from framework.tables.redshift import reader as module
from framework.tables.redshift.connection import connect
from framework.tables.redshift.names import names_of
from tests.redshift.live import is_live
from tests.redshift.rig.faults import Fault
from tests.redshift.rig.server import Isolation, Redshift
from tests.redshift.worlds import RedshiftWorld, redshift_world, unloaded_rows
from tests.s3.serving import S3
from tests.storage.publishing import D1, rows_of

LIMIT = 60.0 if is_live() else 2.0
"""Seconds for each statement; a cluster also has to compile those that it has not seen."""
OLD, NEW = rows_of(D1, "old"), rows_of(D1, "new")


@pytest.fixture(params=["repeatable read", "serializable"])
def isolation(request: pytest.FixtureRequest) -> Isolation:
    """What transactions of the server have."""
    return request.param


@pytest.fixture
def world(redshift: Redshift, s3: S3) -> RedshiftWorld:
    """A table with a generation, whose publishers do not wait long for a lock."""
    world = redshift_world(redshift, s3)
    database = world.binding.database
    assert database is not None
    world.binding = replace(world.binding, database=replace(database, statement_timeout=LIMIT))
    world.prepare()
    world.run({D1: OLD})
    return world


def test_a_publish_does_not_wait_for_a_query(world: RedshiftWorld) -> None:
    """A transaction that has read the table, and stays open, holds nobody up and keeps its rows."""
    with connect(world.binding, "a dashboard") as reader:
        reader.execute("BEGIN")
        asked = f"SELECT * FROM {world.table}"
        assert reader.execute(asked) == OLD
        assert world.run({D1: NEW}, code="v2") == ["published"]
        assert reader.execute(asked) == OLD
        reader.execute("COMMIT")
    assert world.rows() == NEW


@pytest.mark.parametrize(
    "statement", ["^lock", "^delete", "^insert into .* select", "^insert into .*__sparkjob"]
)
def test_a_query_does_not_wait_for_a_publish(
    redshift: Redshift, world: RedshiftWorld, statement: str
) -> None:
    """Wherever the transaction of a publish is: who asks then gets the old rows, at once."""
    seen: list[list[list[str | None]]] = []

    def ask() -> None:
        seen.append(redshift.run(f"SET lock_timeout = 1; SELECT name FROM {world.table}").rows)

    audited = world.stage({D1: NEW}, code="v2")
    with redshift.faults.during(Fault(match=statement, do="delay", then=ask)):
        (receipt,) = world.publish(audited)
    assert receipt.outcome == "published"
    assert seen == [[["old"]]]
    assert world.rows() == NEW


def test_a_publish_does_not_wait_for_an_unload(world: RedshiftWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a job unloads the table, another publishes to it; what is unloaded is what was planned on."""

    def publish_first(*arguments: object) -> object:
        assert world.run({D1: NEW}, code="v2") == ["published"]
        return unload(*arguments)  # type: ignore[arg-type]

    unload = module.unload
    monkeypatch.setattr(module, "unload", publish_first)
    monkeypatch.setattr(module, "read_unloaded", lambda _, place, columns, __: unloaded_rows(place, columns))
    pin = world.reader.pin(world.binding, [D1])
    rows = world.reader.scan(None, world.binding, pin, Input(world.output.dataset), Reading())  # type: ignore[arg-type]
    assert rows == OLD
    assert world.rows() == NEW


def test_a_lock_that_is_not_to_be_had_is_a_retry(world: RedshiftWorld) -> None:
    """Somebody holds the ledger and does not let go: 75, and nothing is published."""
    audited = world.stage({D1: NEW}, code="v2")
    with world.locked(), pytest.raises(RetryError, match="waited too long for a lock"):
        world.publish(audited)
    assert world.rows() == OLD
    assert [receipt.outcome for receipt in world.publish(audited)] == ["published"]


def test_a_column_is_not_lengthened_behind_a_query_for_ever(world: RedshiftWorld) -> None:
    """ALTER waits for all who read the table, and those who come after it wait behind it: not for long."""
    audited = world.stage({D1: rows_of(D1, "x" * 300)}, code="v2")
    with connect(world.binding, "a dashboard") as reader:
        reader.execute("BEGIN")
        reader.execute(f"SELECT * FROM {world.table}")
        with pytest.raises(RetryError, match="waited too long for a lock"):
            world.publish(audited)
        reader.execute("COMMIT")
    assert [receipt.outcome for receipt in world.publish(audited)] == ["published"]


def test_a_wait_is_bounded_and_nothing_else(redshift: Redshift, world: RedshiftWorld) -> None:
    """What comes after a wait may take as long as the cluster lets it: a COPY takes hours."""
    database = world.binding.database
    assert database is not None
    world.binding = replace(world.binding, database=replace(database, statement_timeout=None))
    world.prepare()
    audited, before = world.stage({D1: rows_of(D1, "x" * 300)}, code="v2"), len(redshift.faults.statements)
    world.publish(audited)
    session = now = ""
    limits: dict[str, set[str]] = {}
    for sql in redshift.faults.statements[before:]:
        word, _, rest = sql.partition(" ")
        if "statement_timeout" in sql:
            now = sql.rpartition(" ")[2]
            session = session if rest.startswith("LOCAL") else now
        else:
            limits.setdefault(word, set()).add(now)
        now = session if word == "COMMIT" else now
    assert limits["LOCK"] == limits["ALTER"] == {"600000"}
    assert limits["COPY"] == limits["DELETE"] == limits["INSERT"] == {"DEFAULT"}


@pytest.mark.parametrize(
    "change",
    ["UPDATE {table} SET amount = amount + 1", "DELETE FROM {table}"],
)
def test_who_changes_the_same_rows_meanwhile_is_noticed(
    redshift: Redshift, world: RedshiftWorld, change: str
) -> None:
    """Of a foreign hand that does not know of the ledger the server tells: it is tried again."""
    audited = world.stage({D1: NEW}, code="v2")

    def meddle() -> None:
        redshift.run(change.format(table=world.table))

    # The first statement after the snapshot was taken.
    with redshift.faults.during(Fault(match=r"^select max\(version", do="delay", then=meddle)):
        (receipt,) = world.publish(audited)
    assert receipt.outcome == "published"
    assert receipt.retries == ("a conflict with another transaction (1023)",)
    assert world.rows() == NEW
    assert world.published()[D1].is_intact


def test_rows_that_somebody_adds_meanwhile_are_noticed(redshift: Redshift, world: RedshiftWorld) -> None:
    """They are there as if they had been added after the publish: the interval is no longer as published."""
    audited = world.stage({D1: NEW}, code="v2")

    def meddle() -> None:
        redshift.run(f"INSERT INTO {world.table} SELECT * FROM {world.table}")

    with redshift.faults.during(Fault(match=r"^select max\(version", do="delay", then=meddle)):
        (receipt,) = world.publish(audited)
    assert receipt.outcome == "published"
    assert world.rows() in ([*OLD, *NEW], [*NEW, *OLD])
    assert not world.published()[D1].is_intact


def test_a_table_that_is_dropped_within_the_transaction_is_a_retry(
    redshift: Redshift, world: RedshiftWorld
) -> None:
    """The ledger's lock does not hold the table: then nothing is written into the ledger."""
    audited = world.stage({D1: NEW}, code="v2")
    with (
        redshift.faults.during(Fault(match=r"^select max\(version", do="delay", then=world.drop)),
        pytest.raises(RetryError, match="the table was dropped while the job ran"),
    ):
        world.publish(audited)
    assert redshift.run(f"SELECT max(number) FROM {names_of(world.binding).ledger}").rows == [["1"]]
