"""The stand-in of Redshift: one PostgreSQL a worker, a proxy a test; or a cluster that is named."""

from collections.abc import Iterator

import pytest

from tests.redshift.live import Bucket, Cluster, goes_live, is_live, live_bucket, live_cluster
from tests.redshift.rig.postgres import Postgres
from tests.redshift.rig.server import Isolation, Redshift
from tests.s3.serving import S3


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a cluster, only what makes sense there."""
    if is_live():
        left = [item for item in items if not (isinstance(item, pytest.Function) and goes_live(item))]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """PostgreSQL, started with the first test that asks for it."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def s3(s3: S3) -> Iterator[S3 | Bucket]:
    """The tests' own server; a bucket of AWS for a cluster."""
    if not is_live():
        yield s3
        return
    with live_bucket() as bucket:
        yield bucket


@pytest.fixture
def isolation() -> Isolation:
    """The isolation level of a test that does not say one."""
    return "repeatable read"


@pytest.fixture
def redshift(request: pytest.FixtureRequest, s3: S3, isolation: Isolation) -> Iterator[Redshift | Cluster]:
    """A proxy in front of PostgreSQL."""
    if is_live():
        with live_cluster() as cluster:
            yield cluster
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with Redshift(postgres.socket, s3=s3, isolation=isolation) as rig:
        yield rig
