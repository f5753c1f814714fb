"""What happens between a run's look at a table and its COMMIT: the moment that the guards are for."""

import threading
from collections.abc import Callable

import pytest

from framework.errors import RetryError
from tests.redshift.rig.faults import Fault
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import RedshiftWorld, redshift_world
from tests.s3.serving import S3
from tests.storage.publishing import D1, D2, rows_of


@pytest.fixture
def world(redshift: Redshift, s3: S3) -> RedshiftWorld:
    """A table with one published day."""
    world = redshift_world(redshift, s3).prepare()
    world.run({D1: rows_of(D1, "old")}, code="v0")
    return world


def _while_loading(act: Callable[[], object]) -> Fault:
    """Acts after the first look, when the rows have been loaded and nothing is locked."""
    return Fault(match="^copy", do="delay", then=lambda: act() and None)


def test_who_publishes_while_another_loads_wins(redshift: Redshift, world: RedshiftWorld) -> None:
    """Both planned on the same generation: the later one compares again under the lock, and says so."""
    other = world.twin()
    ours, theirs = (world.stage({D1: rows_of(D1, name)}, code=name) for name in ("ours", "theirs"))
    with redshift.faults.during(_while_loading(lambda: other.publish(theirs))):
        (receipt,) = world.publish(ours)
    assert (receipt.outcome, receipt.generation.number) == ("retry", 2)
    assert world.rows() == rows_of(D1, "theirs")


def test_an_interval_that_another_publishes_meanwhile_is_left_out(
    redshift: Redshift, world: RedshiftWorld
) -> None:
    """Of two loaded intervals one is somebody else's by now: only the rows of the other are put in."""
    other = world.twin()
    ours = world.stage({D1: rows_of(D1, "ours"), D2: rows_of(D2, "ours")})
    theirs = world.stage({D2: rows_of(D2, "theirs")}, code="v2")
    with redshift.faults.during(_while_loading(lambda: other.publish(theirs))):
        receipts = world.publish(ours)
    assert [receipt.outcome for receipt in receipts] == ["published", "retry"]
    assert world.rows() == [*rows_of(D1, "ours"), *rows_of(D2, "theirs")]


def test_a_table_created_anew_since_a_first_run_s_plan_is_left_alone(world: RedshiftWorld) -> None:
    """Nothing tells a first run's plan from another's but the table that was prepared for it."""
    audited = world.stage({D2: rows_of(D2, "new")})
    world.drop()
    world.twin()
    with pytest.raises(RetryError, match="dropped and created anew"):
        world.publish(audited)
    assert world.rows() == []


def test_a_table_created_anew_while_rows_are_loaded_is_left_alone(
    redshift: Redshift, world: RedshiftWorld
) -> None:
    """The rows were planned for another table of that name."""
    other = world.twin()

    def replace() -> None:
        other.drop()
        other.prepare()

    with (
        redshift.faults.during(_while_loading(replace)),
        pytest.raises(RetryError, match="dropped and created anew"),
    ):
        world.publish(world.stage({D1: rows_of(D1, "new")}))
    assert world.rows() == []


def test_who_comes_within_the_transaction_of_another_waits(redshift: Redshift, world: RedshiftWorld) -> None:
    """Two first publishes of a day have no row in common: only the lock keeps the second from doubling it."""
    other = world.twin()
    ours, theirs = (world.stage({D2: rows_of(D2, name)}, code=name) for name in ("ours", "theirs"))
    outcomes: list[str] = []
    second = threading.Thread(target=lambda: outcomes.extend(r.outcome for r in other.publish(theirs)))
    loaded, within = threading.Event(), threading.Event()

    def hold() -> None:
        loaded.set()
        within.wait()

    def let_in() -> None:
        within.set()
        redshift.wait_until_somebody_waits()

    # Theirs has looked and loaded before ours has the lock: a look, too, waits for it.
    held = Fault(match="^copy", do="delay", then=hold)
    with redshift.faults.during(held, Fault(match=r"^select max\(version", do="delay", then=let_in)):
        second.start()
        assert loaded.wait(60)
        (receipt,) = world.publish(ours)
        second.join()
    assert (receipt.outcome, outcomes) == ("published", ["retry"])
    assert world.rows() == [*rows_of(D1, "old"), *rows_of(D2, "ours")]


def test_a_run_that_is_stopped_just_before_its_commit_publishes_nothing(
    redshift: Redshift, world: RedshiftWorld
) -> None:
    """SIGTERM, or a lost parent, when the rows are in and nothing is committed: not one row."""
    audited, before = world.stage({D1: rows_of(D1, "new")}), len(redshift.faults.statements)

    def wanted() -> None:
        if any(sql.startswith("DELETE") for sql in redshift.faults.statements[before:]):
            raise RetryError("stopped")

    assert world.prepared is not None
    with pytest.raises(RetryError, match="stopped"):
        world.publisher.publish(world.prepared, audited, audited.publishable, wanted=wanted)
    assert world.rows() == rows_of(D1, "old")
    assert [receipt.outcome for receipt in world.publish(audited)] == ["published"]
