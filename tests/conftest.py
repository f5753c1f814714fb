"""The plugin comes by its entry point where sparkjob is installed, and from here in a bare checkout."""

import os
from collections.abc import Iterator
from importlib.metadata import entry_points

import pytest
from hypothesis import settings

from tests.s3.s3proxy import serving_s3proxy
from tests.s3.serving import S3, serving

settings.register_profile("here", deadline=None)  # no test fails because the machine is slow
settings.load_profile("here")

if not entry_points(group="pytest11", name="sparkjob"):
    pytest_plugins = ["framework.testing.plugin"]


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3 server over HTTP for the tests of this worker, started with the first of them that asks.

    moto's, or with SPARKJOB_TEST_S3=s3proxy the independent second one (`make test-stores`).
    """
    with serving_s3proxy() if os.environ.get("SPARKJOB_TEST_S3") == "s3proxy" else serving() as server:
        yield server


@pytest.fixture(scope="session")
def s3proxy() -> Iterator[S3]:
    """S3Proxy over HTTP, whatever `s3` is."""
    with serving_s3proxy() as server:
        yield server
