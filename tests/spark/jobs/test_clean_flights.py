"""`clean_flights` splits at departure and turns clock times into instants."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs._shared.schemas import RAW_FLIGHTS
from jobs.clean_flights import clean_flights

ON_TIME = {
    "day": date(2013, 1, 1),
    "dep_time": 515,
    "sched_dep_time": 515,
    "dep_delay": 0,
    "arr_time": 819,
    "sched_arr_time": 819,
    "arr_delay": 0,
    "carrier": "UA",
    "flight": 1545,
    "tailnum": "N14228",
    "origin": "EWR",
    "dest": "IAH",
    "air_time": 227,
    "distance": 1400,
    "hour": 5,
    "minute": 15,
    "time_hour": datetime(2013, 1, 1, 10, tzinfo=UTC),
}
NEVER_LEFT = {"dep_time": None, "dep_delay": None, "arr_time": None, "arr_delay": None, "air_time": None}


def clean(spark: SparkSession, *changes: Mapping[str, object]) -> dict[str, DataFrame]:
    """The outputs for one row a change, each otherwise like `ON_TIME`, numbered by its flight."""
    rows = [{**ON_TIME, "flight": number, **change} for number, change in enumerate(changes)]
    return clean_flights(spark.createDataFrame(rows, RAW_FLIGHTS))


def flights_in(frame: DataFrame) -> list[int]:
    """The flights' numbers, in order."""
    return sorted(row.flight for row in frame.select("flight").collect())


def test_what_never_left_is_cancelled_and_what_was_diverted_is_not(spark: SparkSession) -> None:
    """A flight without departure time goes to the cancelled ones; no arrival alone does not send it there."""
    never_arrived = {"arr_time": None, "arr_delay": None, "air_time": None}
    diverted = {"arr_delay": None, "air_time": None}

    result = clean(spark, {}, NEVER_LEFT, never_arrived, diverted, {**NEVER_LEFT, "tailnum": None})

    assert flights_in(result["flights"]) == [0, 2, 3]
    assert flights_in(result["cancelled"]) == [1, 4]


@pytest.mark.parametrize(
    ("change", "scheduled", "departed"),
    [
        ({}, "2013-01-01 10:15:00", "2013-01-01 10:15:00"),
        ({"dep_time": 510, "dep_delay": -5}, "2013-01-01 10:15:00", "2013-01-01 10:10:00"),
        ({"dep_time": 256, "dep_delay": 1301}, "2013-01-01 10:15:00", "2013-01-02 07:56:00"),
        (
            {
                "sched_dep_time": 2359,
                "hour": 23,
                "minute": 59,
                "time_hour": datetime(2013, 1, 2, 4, tzinfo=UTC),
                "dep_time": 2400,
                "dep_delay": 1,
            },
            "2013-01-02 04:59:00",
            "2013-01-02 05:00:00",
        ),
        (
            {
                "day": date(2013, 3, 9),
                "sched_dep_time": 2359,
                "hour": 23,
                "minute": 59,
                "time_hour": datetime(2013, 3, 10, 4, tzinfo=UTC),
                "dep_time": 302,
                "dep_delay": 123,
            },
            "2013-03-10 04:59:00",
            "2013-03-10 07:02:00",
        ),
        (
            {
                "day": date(2013, 7, 1),
                "time_hour": datetime(2013, 7, 1, 9, tzinfo=UTC),
            },
            "2013-07-01 09:15:00",
            "2013-07-01 09:15:00",
        ),
    ],
    ids=["winter", "early", "next day", "24:00", "over the missing hour", "summer"],
)
def test_departures_are_instants(
    spark: SparkSession, change: dict[str, object], scheduled: str, departed: str
) -> None:
    """Delays count in elapsed minutes from the scheduled instant, over midnight and clock changes."""
    row = clean(spark, change)["flights"].selectExpr("string(sched_dep_at)", "string(dep_at)").first()

    assert row is not None
    assert tuple(row) == (scheduled, departed)


def test_the_days_stay_those_of_new_york(spark: SparkSession) -> None:
    """A flight late in the evening keeps its local day, though its instant is the next one in UTC."""
    late = {"time_hour": datetime(2013, 1, 2, 4, tzinfo=UTC), "hour": 23, "sched_dep_time": 2315}

    result = clean(spark, late, {**late, **NEVER_LEFT})

    assert [row.day for frame in result.values() for row in frame.collect()] == [date(2013, 1, 1)] * 2
