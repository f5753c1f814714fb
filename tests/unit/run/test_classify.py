"""From an exception to an outcome: what a retry can mend, what it cannot, and what a person is told."""

from pathlib import Path

import pytest
from py4j.protocol import Py4JError, Py4JNetworkError
from pyspark.errors import PySparkValueError

from framework.errors import FailedError, MisconfiguredError, RejectedError, RetryError
from framework.outcome import Outcome
from framework.run.classify import classify, is_foreseen
from framework.stage.function import UserCodeError

CALL = "An error occurred while calling o1.parquet"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (MisconfiguredError("x"), Outcome.MISCONFIGURED),
        (RejectedError("x"), Outcome.REJECTED),
        (FailedError("x"), Outcome.FAILED),
        (RetryError("x"), Outcome.RETRY),
        (ConnectionResetError(), Outcome.RETRY),
        (UserCodeError("clean", ValueError("bad")), Outcome.FAILED),
        (UserCodeError("clean", RetryError("SIGTERM")), Outcome.RETRY),
        (UserCodeError("clean", ConnectionRefusedError()), Outcome.RETRY),
        (UserCodeError("clean", ValueError("Connection refused by rule 7")), Outcome.FAILED),
        # What Py4J makes of a signal, and of a JVM that ended, in the middle of a call.
        (UserCodeError("clean", Py4JError(CALL)), Outcome.RETRY),
        (UserCodeError("clean", Py4JNetworkError("Answer from Java side is empty")), Outcome.RETRY),
        (Py4JError(CALL), Outcome.RETRY),
        # What it makes of a call that is wrong.
        (UserCodeError("clean", Py4JError(f"{CALL}. Trace:\npy4j.Py4JException: no such")), Outcome.FAILED),
        (UserCodeError("clean", Py4JError("org.nowhere does not exist in the JVM")), Outcome.FAILED),
        (PySparkValueError("ExecutorLostFailure (a row)"), Outcome.FAILED),
        (KeyError("ours"), Outcome.FAILED),
    ],
)
def test_outcome_says_whether_a_retry_helps(error: BaseException, outcome: Outcome) -> None:
    """Lost executors and connections are 75, also inside the user's call; other errors of it are 70."""
    assert classify(error)[0] is outcome


def test_users_error_shows_their_frame_and_their_job() -> None:
    """Of a traceback only the user's own frame is left, with the job's name."""
    try:
        int("x")
    except ValueError as original:
        _, (fault,) = classify(UserCodeError("clean", original, Path(__file__).parent))
    assert fault.where == "clean"
    assert "ValueError" in fault.what
    assert "test_classify.py:" in fault.what
    assert "\n" not in fault.what


def test_spark_text_outside_the_users_code_is_not_shown() -> None:
    """Spark's messages may hold rows; only the kind of error is told."""
    _, (fault,) = classify(PySparkValueError("value 4711 of row Smith cannot be cast"))
    assert "4711" not in fault.what


def test_unforeseen_error_is_called_our_bug() -> None:
    """An error that nobody foresaw owes its traceback and says whose fault it is."""
    assert not is_foreseen(KeyError("x"))
    _, (fault,) = classify(KeyError("x"))
    assert "in sparkjob itself" in fault.what
    assert is_foreseen(RetryError("x"))


def test_retry_deep_in_a_chain_is_found() -> None:
    """A signal that arrives inside somebody else's handler is still a retry."""
    outer = ValueError("wrapped")
    outer.__cause__ = RetryError("stopped by SIGTERM")
    assert classify(outer)[0] is Outcome.RETRY
