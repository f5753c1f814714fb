"""Flights that departed and flights that were cancelled, with instants instead of clock times."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from framework import Input, Output, expect, job, main
from jobs._shared.calendar import NEW_YORK
from jobs._shared.expectations import CARRIER_CODE, DEP_DELAY, DEST_CODE, NEW_YORK_ORIGIN
from jobs._shared.schemas import CANCELLED_FLIGHTS, CLEAN_FLIGHTS

KEY = ("day", "carrier", "flight", "origin")


@job(
    inputs={"flights": Input("flights.raw")},
    outputs={
        "flights": Output(
            "flights.clean",
            schema=CLEAN_FLIGHTS,
            key=KEY,
            time="day",
            expectations=[
                NEW_YORK_ORIGIN,
                CARRIER_CODE,
                DEST_CODE,
                DEP_DELAY,
                expect.column_values_to_be_between("arr_delay", -120, 1_500),
                expect.column_values_to_not_be_null("arr_delay", mostly=0.95, severity="warning"),
                expect.column_values_to_be_between("air_time", 15, 720),
                expect.column_values_to_be_between("distance", 50, 5_000),
                # "D942DN" flew on four days: a slip for N942DN, and not ours to repair.
                expect.column_values_to_match_regex("tailnum", "^N[0-9A-Z]{1,5}$", severity="warning"),
            ],
        ),
        "cancelled": Output(
            "flights.cancelled",
            schema=CANCELLED_FLIGHTS,
            key=KEY,
            time="day",
            expectations=[
                # The blizzard of 2013-02-08 and 09 is worth a look, and no reason to stop.
                expect.table_row_count_to_be_between(0, 250, severity="warning"),
                NEW_YORK_ORIGIN,
                CARRIER_CODE,
            ],
        ),
    },
    interval="day",
    start="2013-01-01",
    timezone=NEW_YORK,
    batch=31,
    owner="ops",
)
def clean_flights(flights: DataFrame) -> dict[str, DataFrame]:
    """Split at departure: what has no `dep_time` was cancelled; what was diverted did depart.

    Instants come from `time_hour` and minutes, not from local clock times: those say neither the
    date (a delay may cross midnight, once as 2400) nor, when the clocks change, which of two hours.
    Arrivals keep their delay alone: `airports` has no time zone for the four in the Caribbean.
    """
    scheduled = flights.withColumn("sched_dep_at", F.col("time_hour") + F.make_dt_interval(mins="minute"))
    departed = scheduled.where("dep_time IS NOT NULL").withColumn(
        "dep_at", F.col("sched_dep_at") + F.make_dt_interval(mins="dep_delay")
    )
    cancelled = scheduled.where("dep_time IS NULL")
    route = (*KEY, "dest", "tailnum", "distance", "sched_dep_at")
    return {
        "flights": departed.select(*route, "time_hour", "dep_at", "dep_delay", "arr_delay", "air_time"),
        "cancelled": cancelled.select(*route),
    }


if __name__ == "__main__":
    main(clean_flights)
