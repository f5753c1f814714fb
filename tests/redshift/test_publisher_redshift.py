"""The shared publisher suite: on the stand-in at both isolation levels, or on a cluster that is named."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.redshift.rig.server import Isolation, Redshift
from tests.redshift.worlds import RedshiftWorld, redshift_world
from tests.s3.serving import S3
from tests.storage import test_publisher_contract as suite

globals().update({name: test for name, test in vars(suite).items() if name.startswith("test_")})


@pytest.fixture(params=["repeatable read", "serializable"])
def isolation(request: pytest.FixtureRequest) -> Isolation:
    """What transactions of the server have."""
    return request.param


@pytest.fixture
def make(redshift: Redshift, s3: S3) -> Callable[..., RedshiftWorld]:
    """Makes worlds."""
    return partial(redshift_world, redshift, s3)
