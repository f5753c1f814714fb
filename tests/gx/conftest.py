"""One Great Expectations context for all tests here, a clock in UTC, no jobs of other tests."""

import os
import sys
import time
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from tests.gx.reference import GreatExpectations


@pytest.fixture(scope="session", autouse=True)
def utc() -> Iterator[None]:
    """PySpark gives timestamps in the zone of the process, and Great Expectations compares those."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


@pytest.fixture(scope="session")
def reference(spark: SparkSession) -> GreatExpectations:  # without a session it would start its own
    """Great Expectations, as its users have it but for its analytics."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    return GreatExpectations()


@pytest.fixture(autouse=True)
def no_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """`inspect.getmodule`, by which it sees its stack, raises for a `jobs` without a file that had one."""
    monkeypatch.delitem(sys.modules, "jobs", raising=False)
