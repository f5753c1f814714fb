"""A publish whose connection, COMMIT or transaction is lost at any statement: no row lost, none doubled."""

import threading

import pytest

from framework.errors import RetryError
from tests.redshift.polling import polled
from tests.redshift.rig.faults import Fault, How, Kind
from tests.redshift.rig.server import Isolation, Redshift
from tests.redshift.worlds import RedshiftWorld, redshift_world
from tests.s3.serving import S3
from tests.storage.publishing import D1, D2, rows_of

HOWS: tuple[How, ...] = ("fin", "rst")
OLD = [*rows_of(D1, "old1"), *rows_of(D1, "old2"), *rows_of(D2, "other")]
NEW = [*rows_of(D1, "new1"), *rows_of(D1, "new2"), *rows_of(D1, "new3"), *rows_of(D2, "other")]
STATEMENTS = (
    "^set query_group",
    "^select d.description",
    "^select details",
    "^create temp table",
    "^copy",
    "^select count",
    "^set statement_timeout",
    "^begin",
    "^lock",
    "^set local",
    "^select l.interval_key",
    "^select max",
    "^delete",
    "^insert into .* select",
    "^insert into .*__sparkjob",
    "^commit",
)
"""One of each that a publish sends; a fault that hits none of them would show nothing."""


@pytest.fixture(params=["repeatable read", "serializable"])
def isolation(request: pytest.FixtureRequest) -> Isolation:
    """What transactions of the server have."""
    return request.param


@pytest.fixture
def world(redshift: Redshift, s3: S3) -> RedshiftWorld:
    """A table with a generation of two intervals."""
    world = redshift_world(redshift, s3).prepare()
    world.run({D1: rows_of(D1, "old1", "old2"), D2: rows_of(D2, "other")})
    return world


def names(rows: list[tuple[object, ...]]) -> tuple[str, ...]:
    """The names of rows, sorted."""
    return tuple(sorted(str(row[1]) for row in rows))


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("do", ["drop", "lose_reply"])
def test_a_connection_that_is_lost_at_a_statement(
    redshift: Redshift, world: RedshiftWorld, statement: str, do: Kind
) -> None:
    """Dropped before a statement or after it, by FIN or by RST: the publish goes on and happens once."""
    for number, how in enumerate(HOWS):
        audited = world.stage({D1: rows_of(D1, "new1", "new2", "new3")}, code=f"v{number}")
        fault = Fault(match=statement, do=do, how=how)
        with polled(redshift, world) as seen, redshift.faults.during(fault):
            (receipt,) = world.publish(audited)
        assert fault.seen
        assert (receipt.outcome, receipt.generation.number) == ("published", 2 + number)
        assert world.rows() == NEW
        assert world.published()[D1].is_intact
        assert seen <= {names(OLD), names(NEW)}


@pytest.mark.parametrize("how", HOWS)
def test_a_commit_that_still_runs_when_it_is_asked_for(
    redshift: Redshift, world: RedshiftWorld, how: How
) -> None:
    """The connection ends, the COMMIT comes to its end later: who asks waits for it, and publishes once."""
    audited = world.stage({D1: rows_of(D1, "new1", "new2", "new3")}, code="v2")
    with (
        polled(redshift, world) as seen,
        redshift.faults.during(Fault(match="^commit", do="linger", how=how)),
    ):
        (receipt,) = world.publish(audited)
    assert (receipt.outcome, receipt.generation.number) == ("published", 2)
    assert receipt.retries == ("the connection was lost",)
    assert world.rows() == NEW
    assert seen <= {names(OLD), names(NEW)}


@pytest.mark.parametrize("statement", ["^lock", "^delete", "^insert into .*__sparkjob", "^commit"])
def test_conflicts_are_tried_again(redshift: Redshift, world: RedshiftWorld, statement: str) -> None:
    """Error 1023, three times in a row, costs three tries and no row; each is told."""
    audited = world.stage({D1: rows_of(D1, "new1", "new2", "new3")}, code="v2")
    with polled(redshift, world) as seen, redshift.faults.during(Fault(match=statement, do="error", times=3)):
        (receipt,) = world.publish(audited)
    assert receipt.outcome == "published"
    assert receipt.retries == ("a conflict with another transaction (1023)",) * 3
    assert world.rows() == NEW
    assert seen <= {names(OLD), names(NEW)}


def test_a_deadlock_is_tried_again(redshift: Redshift, world: RedshiftWorld) -> None:
    """The one that the server ends gets another try."""
    audited = world.stage({D1: rows_of(D1, "new1")}, code="v2")
    deadlock = Fault(match="^lock", do="error", state="40P01", text="deadlock detected", detail="")
    with redshift.faults.during(deadlock):
        (receipt,) = world.publish(audited)
    assert (receipt.outcome, len(receipt.retries)) == ("published", 1)


def test_conflicts_without_end_are_a_retry(redshift: Redshift, world: RedshiftWorld) -> None:
    """Tries are bounded; then nothing is published, and the run may be tried later."""
    audited = world.stage({D1: rows_of(D1, "new1")}, code="v2")
    always = Fault(match="^commit", do="error", times=1_000)
    with (
        redshift.faults.during(always),
        pytest.raises(RetryError, match="other transactions were in the way"),
    ):
        world.publish(audited)
    assert world.rows() == OLD
    assert always.seen == 10
    assert [receipt.outcome for receipt in world.publish(audited)] == ["published"]


def test_a_commit_that_was_applied_and_then_replaced(redshift: Redshift, world: RedshiftWorld) -> None:
    """A run whose COMMIT reply is lost, and whom a newer one has overtaken since, undoes nothing."""
    first = world.stage({D1: rows_of(D1, "first")}, code="v2")
    other = world.twin()
    overtaken = threading.Event()

    def overtake() -> None:
        other.publish(other.stage({D1: rows_of(D1, "second")}, code="v3"))
        overtaken.set()

    with redshift.faults.during(Fault(match="^commit", do="lose_reply", then=overtake)):
        (receipt,) = world.publish(first)
    assert overtaken.is_set()
    assert (receipt.outcome, receipt.generation.number) == ("retry", 3)
    assert names(world.rows()) == ("other", "second")


@pytest.mark.parametrize("writers", [2, 6])
def test_writers_of_the_same_interval(redshift: Redshift, world: RedshiftWorld, writers: int) -> None:
    """They all see the same state and publish at once: one wins, the others say so, no row is mixed."""
    stages = [world.stage({D1: rows_of(D1, f"w{n}")}, code=f"v{n}") for n in range(writers)]
    outcomes: list[str] = []
    threads = [
        threading.Thread(target=lambda audited=audited: outcomes.append(world.publish(audited)[0].outcome))
        for audited in stages
    ]
    with polled(redshift, world) as seen:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(outcomes) == ["published"] + ["retry"] * (writers - 1)
    assert len(world.rows()) == 2
    assert all(len(each) in (2, 3) for each in seen)


def test_an_older_zombie(world: RedshiftWorld) -> None:
    """An attempt that slept over two newer generations publishes nothing."""
    zombie = world.stage({D1: rows_of(D1, "zombie")}, code="v2")
    for code in ("v3", "v4"):
        world.run({D1: rows_of(D1, code)}, code=code)
    (receipt,) = world.publish(zombie)
    assert (receipt.outcome, receipt.generation.number) == ("retry", 3)
    assert names(world.rows()) == ("other", "v4")
