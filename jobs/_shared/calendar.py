"""The airlines' calendar. A day is a day in New York, so that a late evening's flights stay together."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from framework import Interval

NEW_YORK = "America/New_York"


def with_day(rows: DataFrame, interval: Interval) -> DataFrame:
    """The rows of `interval`, with a DATE `day` in place of the numbers `year`, `month` and `day`."""
    dated = rows.withColumn("day", F.make_date("year", "month", "day")).drop("year", "month")
    return dated.where(F.col("day").between(interval.first_day, interval.last_day))
