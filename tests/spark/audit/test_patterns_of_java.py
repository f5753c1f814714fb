"""Java itself on the regular expressions that are judged without it."""

from pyspark.errors import IllegalArgumentException
from pyspark.sql import SparkSession

from tests.support.regexes import REFUSED, TAKEN


def test_java_takes_and_refuses_what_is_said_of_it(spark: SparkSession) -> None:
    """`java.util.regex.Pattern`, which RLIKE asks, agrees with the lists of the unit test."""
    compile_ = spark._jvm.java.util.regex.Pattern.compile  # type: ignore[union-attr]

    def takes(pattern: str) -> bool:
        try:
            compile_(pattern)
        except IllegalArgumentException:
            return False
        return True

    assert [pattern for pattern in TAKEN if not takes(pattern)] == []
    assert [pattern for pattern in REFUSED if takes(pattern)] == []
