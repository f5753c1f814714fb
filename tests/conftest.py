"""The plugin comes by its entry point where sparkjob is installed, and from here in a bare checkout."""

from collections.abc import Iterator
from importlib.metadata import entry_points

import pytest

from tests.s3.serving import S3, serving

if not entry_points(group="pytest11", name="sparkjob"):
    pytest_plugins = ["framework.testing.plugin"]


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3 server over HTTP for the tests of this worker, started with the first of them that asks."""
    with serving() as server:
        yield server
