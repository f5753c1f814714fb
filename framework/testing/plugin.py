"""pytest plugin: one small Spark session for all tests of a worker, as `sparkjob run` has it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    """A local Spark session with Delta and the framework's settings; one for each pytest worker."""
    from framework.stage.session import open_session
    from framework.stage.settings import DEFAULTS, DELTA

    session = open_session(
        "tests",
        spark={
            **DEFAULTS,
            **DELTA,
            "spark.master": "local[1]",
            "spark.driver.memory": "1g",
            "spark.sql.shuffle.partitions": "1",
            "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        },
    )
    yield session
    session.stop()
