"""Random runs, kills at random points, sleepers, twins and foreign hands: every promise after each step.

    SPARKJOB_KILLS=500 pytest -p no:xdist -s tests/faults/publishers/test_random.py    what `make faults` does
    SPARKJOB_SEED=1234 pytest …                                                 the same examples once more

A failing example is printed as the shortest list of steps that fails, with the seed.
"""

import os
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from framework.environment.location import Location
from tests.faults.publishers.machine import Place, Served, machine_of
from tests.faults.tally import TALLY

KILLS = int(os.environ.get("SPARKJOB_KILLS", "60"))
"""How many kills there are to be, in all places together."""
PLACES = ("delta", "parquet", "delta on S3", "parquet on S3")
SETTINGS = settings(
    max_examples=5,
    stateful_step_count=12,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A format on the disk or in buckets, with processes that run and look."""
    form, _, on_s3 = str(request.param).partition(" on ")

    def lake(root: Path) -> Location:
        if on_s3:
            bucket: Location = request.getfixturevalue("s3").new_bucket()
            return bucket
        return Location(uri=f"{root}/lake")

    s3 = request.getfixturevalue("s3") if on_s3 else None
    with closing(Served("yard")) as yard, closing(Served("onlooker")) as onlooker:
        yield Place(form=form, lake=lake, yard=yard, onlooker=onlooker, folder=tmp_path, s3=s3)


def test_every_promise_holds_after_each_step(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    """Rows are lost, doubled or mixed never, exit codes are true, and the next run ends well."""
    first = int(os.environ.get("SPARKJOB_SEED", str(random.SystemRandom().randrange(10**6))))
    before, number = TALLY["kills"], first
    with capfd.disabled():
        print(f"\nSPARKJOB_SEED={first}", flush=True)  # noqa: T201 - the way to the same examples again
    while TALLY["kills"] - before < KILLS / len(PLACES):
        run_state_machine_as_test(seed(number)(machine_of(place)), settings=SETTINGS)
        number += 1
