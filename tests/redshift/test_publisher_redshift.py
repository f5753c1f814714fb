"""The shared publisher suite: on the stand-in at both isolation levels, or on a cluster that is named."""

from collections.abc import Callable, Iterator

import pytest

from tests.redshift.live import NOT_LIVE, is_live, live_worlds
from tests.redshift.rig.server import Isolation
from tests.redshift.worlds import RedshiftWorld, redshift_world
from tests.storage import test_publisher_contract as suite

globals().update(
    {
        name: test
        for name, test in vars(suite).items()
        if name.startswith("test_") and not (is_live() and name in NOT_LIVE)
    }
)


@pytest.fixture(params=["live"] if is_live() else ["repeatable read", "serializable"])
def isolation(request: pytest.FixtureRequest) -> Isolation:
    """What transactions of the server have; a cluster has its own."""
    return request.param


@pytest.fixture
def make(request: pytest.FixtureRequest, isolation: Isolation) -> Iterator[Callable[..., RedshiftWorld]]:
    """Makes worlds."""
    if is_live():
        with live_worlds() as worlds:
            yield worlds
        return
    rig, s3 = (request.getfixturevalue(name) for name in ("redshift", "s3"))
    yield lambda *output, **options: redshift_world(rig, s3, *output, **options)
