"""The stand-in of Redshift: one PostgreSQL a worker, a proxy a test."""

from collections.abc import Iterator

import pytest

from tests.redshift.rig.postgres import Postgres
from tests.redshift.rig.server import Isolation, Redshift
from tests.s3.serving import S3


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """PostgreSQL, started with the first test that asks for it."""
    with Postgres() as server:
        yield server


@pytest.fixture
def isolation() -> Isolation:
    """The isolation level of a test that does not say one."""
    return "repeatable read"


@pytest.fixture
def redshift(postgres: Postgres, s3: S3, isolation: Isolation) -> Iterator[Redshift]:
    """A proxy in front of it."""
    with Redshift(postgres.socket, s3=s3, isolation=isolation) as rig:
        yield rig
