"""`weather_delay` keeps every departure and finds the observation of its hour and origin."""

from datetime import UTC, date, datetime

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.weather_delay import weather_delay

DAY = date(2013, 1, 1)
FLIGHT = "day DATE, carrier STRING, flight INT, origin STRING, time_hour TIMESTAMP, dep_delay INT"
WEATHER = """
    day DATE, origin STRING, time_hour TIMESTAMP,
    temp DOUBLE, wind_speed DOUBLE, precip DOUBLE, visib DOUBLE
"""


def at(hour: int) -> datetime:
    """That hour of 1 January 2013 in UTC."""
    return datetime(2013, 1, 1, hour, tzinfo=UTC)


def departures(spark: SparkSession, *flights: tuple[int, str, int]) -> DataFrame:
    """One departure for each (flight, origin, hour in UTC)."""
    return spark.createDataFrame([(DAY, "UA", n, o, at(h), n) for n, o, h in flights], FLIGHT)


def observations(spark: SparkSession, *rows: tuple[str, int, float | None, float, float]) -> DataFrame:
    """One observation for each (origin, hour in UTC, wind, precipitation, visibility)."""
    return spark.createDataFrame([(DAY, o, at(h), 39.0, w, p, v) for o, h, w, p, v in rows], WEATHER)


def by_flight(result: DataFrame, column: str) -> dict[int, object]:
    """The column's values by flight number."""
    return {row.flight: row[column] for row in result.collect()}


def test_a_departure_has_the_weather_of_its_own_hour_and_origin(spark: SparkSession) -> None:
    """Neither another airport's weather nor another hour's is taken; without any, the departure stays."""
    weather = observations(
        spark, ("EWR", 10, 5.0, 0.0, 10.0), ("JFK", 10, 6.0, 0.0, 9.0), ("EWR", 11, 7.0, 0.0, 8.0)
    )

    result = weather_delay(departures(spark, (1, "EWR", 10), (2, "JFK", 10), (3, "JFK", 11)), weather)

    assert by_flight(result, "visib") == {1: 10.0, 2: 9.0, 3: None}
    assert by_flight(result, "dep_delay") == {1: 1, 2: 2, 3: 3}


@pytest.mark.parametrize(("lag_hours", "wind"), [(0, 12.0), (1, 11.0), (2, None)])
def test_lag_looks_at_an_earlier_hour(spark: SparkSession, lag_hours: int, wind: float | None) -> None:
    """With a lag of one hour, the observation is that of an hour before schedule."""
    weather = observations(spark, ("EWR", 11, 11.0, 0.0, 10.0), ("EWR", 12, 12.0, 0.0, 10.0))

    result = weather_delay(departures(spark, (1, "EWR", 12)), weather, lag_hours=lag_hours)

    assert by_flight(result, "wind_speed") == {1: wind}


@pytest.mark.parametrize("lag_hours", [-1, 25])
def test_a_lag_beyond_the_window_is_refused(spark: SparkSession, lag_hours: int) -> None:
    """Weather outside the declared window is not there; NULLs for it would be a silent lie."""
    with pytest.raises(ValueError, match="0 to 24 hours"):
        weather_delay(departures(spark), observations(spark), lag_hours=lag_hours)


def test_bad_weather_is_low_visibility_or_any_precipitation(spark: SparkSession) -> None:
    """Three miles are enough to see; a trace of rain is bad; no observation is neither."""
    weather = observations(
        spark,
        ("EWR", 10, 5.0, 0.0, 3.0),
        ("EWR", 11, 5.0, 0.0, 2.5),
        ("EWR", 12, 5.0, 0.01, 10.0),
    )

    result = weather_delay(
        departures(spark, (1, "EWR", 10), (2, "EWR", 11), (3, "EWR", 12), (4, "EWR", 13)), weather
    )

    assert by_flight(result, "bad_weather") == {1: False, 2: True, 3: True, 4: None}


def test_an_impossible_wind_is_unknown(spark: SparkSession) -> None:
    """A sensor's 1,048 mph becomes NULL; the rest of that observation is kept."""
    weather = observations(
        spark, ("EWR", 10, 1048.36, 0.0, 10.0), ("EWR", 11, 231.0, 0.0, 10.0), ("EWR", 12, None, 0.0, 10.0)
    )

    result = weather_delay(departures(spark, (1, "EWR", 10), (2, "EWR", 11), (3, "EWR", 12)), weather)

    assert by_flight(result, "wind_speed") == {1: None, 2: 231.0, 3: None}
    assert by_flight(result, "visib") == {1: 10.0, 2: 10.0, 3: 10.0}
