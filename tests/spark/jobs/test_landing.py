"""Landing takes the interval's New York days and leaves everything else as it came."""

from datetime import UTC, date, datetime

import pytest
from chispa import assert_df_equality
from pyspark.sql import SparkSession

from framework import Interval
from framework.interval import parse_interval
from jobs._shared.calendar import NEW_YORK
from jobs.land_flights import land_flights
from jobs.land_reference import land_reference
from jobs.land_weather import land_weather


def days(text: str) -> Interval:
    """Days of the New York calendar."""
    return parse_interval(text, zone=NEW_YORK)


@pytest.mark.parametrize(
    ("interval", "landed"),
    [
        ("2013-01-02", [(3, date(2013, 1, 2))]),
        ("2013-01", [(2, date(2013, 1, 1)), (3, date(2013, 1, 2)), (4, date(2013, 1, 31))]),
        ("2013-02", []),
    ],
    ids=["one day", "a batch", "no rows"],
)
def test_flights_of_the_interval_are_landed_with_a_date(
    spark: SparkSession, interval: str, landed: list[tuple[int, date]]
) -> None:
    """Every day of the interval is in, its neighbours are out, and the three numbers are one DATE."""
    source = spark.createDataFrame(
        [(1, 2012, 12, 31), (2, 2013, 1, 1), (3, 2013, 1, 2), (4, 2013, 1, 31), (5, 2013, 3, 1)],
        "flight INT, year INT, month INT, day INT",
    )

    result = land_flights(source, interval=days(interval))

    assert_df_equality(
        result,
        spark.createDataFrame(landed, "flight INT, day DATE"),
        ignore_row_order=True,
        ignore_nullable=True,
    )


def test_an_evening_in_new_york_belongs_to_its_own_day(spark: SparkSession) -> None:
    """A flight at 23:59 on 2 January is 3 January in UTC, and is landed on the 2nd."""
    late = datetime(2013, 1, 3, 4, tzinfo=UTC)
    source = spark.createDataFrame(
        [(2013, 1, 2, 2359, late)],
        "year INT, month INT, day INT, sched_dep_time INT, time_hour TIMESTAMP",
    )

    assert land_flights(source, interval=days("2013-01-02")).count() == 1
    assert land_flights(source, interval=days("2013-01-03")).count() == 0


def test_the_hour_that_comes_twice_stays_two_rows(spark: SparkSession) -> None:
    """When the clocks go back, two observations share their local hour; their instants tell them apart."""
    first, second = datetime(2013, 11, 3, 5, tzinfo=UTC), datetime(2013, 11, 3, 6, tzinfo=UTC)
    source = spark.createDataFrame(
        [("JFK", 2013, 11, 3, 1, 53.96, first), ("JFK", 2013, 11, 3, 1, 51.98, second)],
        "origin STRING, year INT, month INT, day INT, hour INT, temp DOUBLE, time_hour TIMESTAMP",
    )

    result = land_weather(source, interval=days("2013-11-03"))

    day = date(2013, 11, 3)
    assert_df_equality(
        result,
        spark.createDataFrame(
            [("JFK", day, 53.96, first), ("JFK", day, 51.98, second)],
            "origin STRING, day DATE, temp DOUBLE, time_hour TIMESTAMP",
        ),
        ignore_row_order=True,
        ignore_column_order=True,
        ignore_nullable=True,
    )


def test_reference_data_is_landed_as_it_came(spark: SparkSession) -> None:
    """The three frames come back under the names of their outputs, untouched."""
    frames = {
        name: spark.createDataFrame([(name,)], "name STRING") for name in ("airlines", "airports", "planes")
    }

    assert land_reference(**frames) == frames
