"""What Spark says of executors' Python becomes one line."""

import sys

import pytest

from framework.stage.workers import fault_of

OTHER = (
    "[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.9 than that in driver: 3.11, Py",
    "[PYTHON_VERSION_MISMATCH] Python in worker has different version (3, 9) than that in driver 3.11, P",
)
NONE = 'java.io.IOException: Cannot run program "./environment/bin/python": error=2, No such file or'
SILENT = "org.apache.spark.SparkException: \nError from python worker:\n  this needs Python 3.11\n  Hint"


@pytest.mark.parametrize("told", OTHER, ids=["4.0", "3.5"])
def test_another_python(told: str) -> None:
    """Both versions are said, in the words of either line of Spark."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert fault_of(told) == f"the executors' Python is 3.9, and the driver's is {own}"


def test_no_python_that_works() -> None:
    """The path that is not there is named, or the first line of what does not start."""
    assert fault_of(NONE) == "the executors have no Python at ./environment/bin/python"
    assert fault_of(SILENT) == "the executors' Python does not start: this needs Python 3.11"


def test_what_is_nobodys_python_stays_sparks_error() -> None:
    """A lost executor is lost, and may be tried again."""
    assert fault_of("ExecutorLostFailure (executor 1 exited caused by one of the running tasks)") is None
