"""The publishers' promises on the second S3 server: a part of the suite; `make test-stores` runs all."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from framework.environment.objects import put_if_absent
from tests.s3.serving import S3
from tests.storage import test_publisher_contract as suite
from tests.storage import test_reader_contract as readers
from tests.storage.publishing import World, delta_world, parquet_world

CHOSEN = [
    suite.test_a_publish_makes_rows_and_their_generation_visible,
    suite.test_publishing_again_replaces_only_its_own_intervals,
    suite.test_publishing_the_same_stage_twice_is_one_generation,
    suite.test_two_runs_of_an_empty_interval_have_one_winner,
    suite.test_a_zombie_cannot_overwrite_a_newer_generation,
    suite.test_a_stage_older_than_half_the_retention_is_not_published,
    partial(suite.test_of_concurrent_runs_exactly_one_publishes, earlier=True),
    readers.test_generations_are_told_by_interval,
]


@pytest.mark.parametrize("make", [delta_world, parquet_world])
@pytest.mark.parametrize("promise", CHOSEN, ids=lambda test: getattr(test, "func", test).__name__)
def test_a_promise_of_the_suite(
    s3proxy: S3, make: Callable[..., World], promise: Callable[[Callable[..., World]], None]
) -> None:
    """As on a disk and on the other server."""
    promise(partial(make, s3proxy.new_bucket()))


def test_of_many_who_put_at_once_one_wins(s3proxy: S3) -> None:
    """The conditional put that all publishing stands on, 16 at once, 20 times."""
    bucket = s3proxy.new_bucket()
    with ThreadPoolExecutor(16) as pool:
        for number in range(20):
            won = pool.map(lambda n, at=number: put_if_absent(bucket, f"a/{at}", f"{n}".encode()), range(16))
            assert sum(won) == 1
