"""From an exception to an outcome: what a retry can mend, what it cannot, and what a person is told."""

from pathlib import Path

import pytest

from framework.errors import FailedError, MisconfiguredError, RejectedError, RetryError
from framework.outcome import Outcome
from framework.run.classify import classify, is_foreseen
from framework.stage.function import UserCodeError


def _spark_error(text: str) -> Exception:
    """An error as Spark's Python side raises it: its class lives in pyspark or py4j."""
    return type("Py4JJavaError", (Exception,), {"__module__": "py4j.protocol"})(text)


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
        (UserCodeError("clean", _spark_error("ExecutorLostFailure (executor 3 exited)")), Outcome.RETRY),
        (UserCodeError("clean", _spark_error("NumberFormatException")), Outcome.FAILED),
        (_spark_error("java.io.IOException: Connection reset by peer"), Outcome.RETRY),
        (_spark_error("CANNOT_READ_FILE_FOOTER"), Outcome.FAILED),
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
    _, (fault,) = classify(_spark_error("value 4711 of row Smith cannot be cast"))
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
