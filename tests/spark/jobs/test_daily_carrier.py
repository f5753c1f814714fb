"""`daily_carrier` counts what departed and what was cancelled in one row a carrier and day."""

from datetime import date

from chispa import assert_df_equality
from pyspark.sql import SparkSession

from jobs.daily_carrier import daily_carrier

ONE, TWO = date(2013, 1, 1), date(2013, 1, 2)
RESULT = """
    day DATE, carrier STRING, flights BIGINT, cancelled BIGINT, late BIGINT,
    delay_minutes BIGINT, mean_delay DOUBLE
"""


def test_each_carrier_and_day_has_one_row(spark: SparkSession) -> None:
    """Late begins at 15 minutes; early departures count below zero; cancelled ones leave the mean alone."""
    flights = spark.createDataFrame(
        [(ONE, "UA", 14), (ONE, "UA", 15), (ONE, "UA", -8), (TWO, "UA", 60), (ONE, "B6", 0)],
        "day DATE, carrier STRING, dep_delay INT",
    )
    cancelled = spark.createDataFrame([(ONE, "UA"), (TWO, "B6")], "day DATE, carrier STRING")

    result = daily_carrier(flights, cancelled)

    expected = [
        (ONE, "UA", 4, 1, 1, 21, 7.0),
        (TWO, "UA", 1, 0, 1, 60, 60.0),
        (ONE, "B6", 1, 0, 0, 0, 0.0),
        (TWO, "B6", 1, 1, 0, None, None),  # its only flight was cancelled: no mean, and still a row
    ]
    assert_df_equality(
        result, spark.createDataFrame(expected, RESULT), ignore_row_order=True, ignore_nullable=True
    )


def test_no_flights_make_no_rows(spark: SparkSession) -> None:
    """A day without flights is an empty day, not a row of zeros."""
    flights = spark.createDataFrame([], "day DATE, carrier STRING, dep_delay INT")
    cancelled = spark.createDataFrame([], "day DATE, carrier STRING")

    assert daily_carrier(flights, cancelled).count() == 0
