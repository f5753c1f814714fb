"""One Great Expectations context for all tests here, and a clock in UTC."""

import os
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
