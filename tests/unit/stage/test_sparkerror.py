"""What went away and what did not, by the classes of the JVM's exceptions and Spark's own words."""

import pytest

from framework.stage.sparkerror import Thrown, is_away

SPARK = "org.apache.spark.SparkException"
TASK = (
    "Job aborted due to stage failure: Task 0 in stage 1.0 failed 4 times, most recent failure: "
    "Lost task 0.3 in stage 1.0 (TID 7) (10.0.0.1 executor 3): "
)
STAGE = (
    "Job aborted due to stage failure: ShuffleMapStage 3 (parquet at Native) has failed the maximum "
    "allowable number of times: 4. Most recent failure reason:\n"
)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("java.net.SocketException", "Connection reset"),
        ("java.io.IOException", "Connection reset by peer"),
        ("java.net.SocketTimeoutException", "Read timed out"),
        ("org.apache.hadoop.fs.s3a.AWSServiceThrottledException", "Slow Down"),
        ("com.amazonaws.services.s3.model.AmazonS3Exception", "… (Status Code: 503; Error Code: SlowDown)"),
        ("org.apache.spark.shuffle.FetchFailedException", ""),
        (SPARK, f"{TASK}ExecutorLostFailure (executor 3 exited caused by one of the running tasks)"),
        (SPARK, f"{TASK}java.net.ConnectException: Connection refused\n\tat java.base/…"),
        (SPARK, f"{STAGE}org.apache.spark.shuffle.MetadataFetchFailedException: Missing an output location"),
        (SPARK, "Job 0 cancelled because SparkContext was shut down"),
        ("java.lang.IllegalStateException", "Cannot call methods on a stopped SparkContext.\nThis …"),
    ],
)
def test_a_retry_helps(name, message):
    """Connections, stores, executors and Spark itself went away."""
    assert is_away(Thrown(classes=(name,), message=message))


def test_a_subclass_is_what_its_parent_is():
    """HTTP clients have their own kinds of refused connections."""
    assert is_away(Thrown(classes=("shaded.HttpHostConnectException", "java.net.SocketException")))


WORKER = f"{TASK}org.apache.spark.api.python.PythonException: Traceback (most recent call last):\n  File …\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (SPARK, f"{WORKER}ValueError: Connection refused by rule 7\n\n\tat org.apache…"),
        (SPARK, f"{WORKER}ValueError: java.net.ConnectException: ExecutorLostFailure\n\n\tat org.apache…"),
        ("org.apache.spark.api.python.PythonException", "ValueError: Connection reset by peer"),
        ("org.apache.spark.SparkRuntimeException", "[USER_RAISED_EXCEPTION] Read timed out SQLSTATE: P0001"),
        ("org.apache.spark.SparkNumberFormatException", "The value 'FetchFailed' of the type …"),
        ("java.io.IOException", "No space left on device"),
        ("com.amazonaws.services.s3.model.AmazonS3Exception", "… (Status Code: 403; Error Code: Denied)"),
        (SPARK, "Job aborted."),
    ],
)
def test_a_retry_does_not_help(name, message):
    """Words of rows, of user's messages and of a Python worker's traceback decide nothing."""
    assert not is_away(Thrown(classes=(name, "java.lang.RuntimeException"), message=message))
