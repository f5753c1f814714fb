"""Many writers for a long time: they converge, and writers of other tables are not disturbed."""

import threading
from datetime import timedelta

import pytest

from framework.interval import Interval
from tests.redshift.polling import polled
from tests.redshift.rig.server import Isolation, Redshift
from tests.redshift.worlds import RedshiftWorld, redshift_world
from tests.s3.serving import S3
from tests.storage.publishing import D1, rows_of

WRITERS, PUBLISHES = 6, 50


@pytest.fixture(params=["repeatable read", "serializable"])
def isolation(request: pytest.FixtureRequest) -> Isolation:
    """What transactions of the server have."""
    return request.param


def test_six_writers_converge(redshift: Redshift, s3: S3) -> None:
    """Fifty publishes each, every second one of an interval that all want: no row lost, none doubled."""
    world = redshift_world(redshift, s3).prepare()
    world.run({D1: rows_of(D1, "first")}, code="first")
    published = [0] * WRITERS
    tried_again = [0] * WRITERS

    def write(number: int) -> None:
        own = world.twin()
        for turn in range(PUBLISHES):
            interval = D1 if turn % 2 else _day(number)
            audited = own.stage({interval: rows_of(interval, f"w{number}.{turn}")}, code=f"{number}.{turn}")
            (receipt,) = own.publish(audited)
            published[number] += receipt.outcome == "published"
            tried_again[number] += len(receipt.retries)

    with polled(redshift, world) as seen:
        _at_once([lambda number=number: write(number) for number in range(WRITERS)])
    # Each has its own interval, where nobody else loses to it; of D1 one of those that met won.
    assert all(count >= PUBLISHES // 2 for count in published)
    generations = world.published(D1, *(_day(number) for number in range(WRITERS)))
    assert sum(generation.number for generation in generations.values()) == sum(published) + 1
    assert all(generation.is_intact for generation in generations.values())
    assert len(world.rows()) == 1 + WRITERS
    assert all(1 <= len(names) <= 1 + WRITERS for names in seen)
    # The lock comes first, so that nobody ever loses a transaction.
    assert tried_again == [0] * WRITERS


def test_unrelated_tables_do_not_conflict(redshift: Redshift, s3: S3) -> None:
    """Writers of different tables have no ledger in common: nobody has to try again, nobody waits."""
    worlds = [redshift_world(redshift, s3, table=f"daily{n}").prepare() for n in range(4)]
    retries: list[str] = []

    def write(world: RedshiftWorld) -> None:
        for turn in range(10):
            (receipt,) = world.publish(world.stage({D1: rows_of(D1, f"t{turn}")}, code=str(turn)))
            retries.extend(receipt.retries)
            assert receipt.outcome == "published"

    _at_once([lambda world=world: write(world) for world in worlds])
    assert retries == []
    assert [world.published()[D1].number for world in worlds] == [10] * 4


def test_a_table_is_not_locked_by_the_publish_of_another(redshift: Redshift, s3: S3) -> None:
    """While one table's transaction is held, another table of the schema is published to."""
    held = redshift_world(redshift, s3).prepare()
    schema = held.binding.location.uri.rpartition("/")[2].partition(".")[0]
    other = redshift_world(redshift, s3, schema=schema, table="other").prepare()
    audited = other.stage({D1: rows_of(D1, "a")})
    with held.locked():
        assert [receipt.outcome for receipt in other.publish(audited)] == ["published"]


def _day(number: int) -> Interval:
    start = D1.start + timedelta(days=number + 1)
    return Interval(start=start, end=start + timedelta(days=1))


def _at_once(calls: list) -> None:
    errors: list[BaseException] = []

    def guarded(call) -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - shown below
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
