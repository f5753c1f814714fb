"""What is said of an input that Spark could not read."""

import pytest
from pyspark.sql import SparkSession

from framework import Input
from framework.errors import FailedError, MisconfiguredError
from framework.stage.inputcheck import scanning


def _fail(spark: SparkSession, *, cause: str, message: str) -> None:
    """Fail in the JVM, by an exception of a Java class as the cause of another."""
    jvm = spark._jvm
    error = getattr(jvm, cause)(message)
    jvm.java.util.concurrent.CompletableFuture.failedFuture(error).get()


def test_a_store_that_refuses_is_no_damage(spark: SparkSession) -> None:
    """64 with the input's name: rights are what a person must change, and no re-run helps."""
    with (
        pytest.raises(MisconfiguredError, match=r"raw\.sales: the store refused Spark: permission denied"),
        scanning(Input("raw.sales")),
    ):
        _fail(spark, cause="java.nio.file.AccessDeniedException", message="s3a://b/raw/sales.csv")


def test_another_error_says_no_word_of_the_jvm(spark: SparkSession) -> None:
    """70 with the input's name, without the text, which may hold a row."""
    with (
        pytest.raises(FailedError, match=r"raw\.sales cannot be read") as raised,
        scanning(Input("raw.sales")),
    ):
        _fail(spark, cause="java.lang.IllegalStateException", message="row 17,secret")
    assert "secret" not in str(raised.value)
