"""The command line, called in this process on the session of the tests: all of it but the start of Spark."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.calling import Caller, Told, calling

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Caller", "Told"]


@pytest.fixture
def sparkjob(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spark: "SparkSession",
) -> Iterator[Caller]:
    """The small project as the working directory; the interpreter's imports are put back after."""
    assert spark is not None
    with calling(tmp_path / "project", monkeypatch, capsys) as caller:
        yield caller
