"""Scheduled departures from New York's three airports (Bureau of Transportation Statistics)."""

from pyspark.sql import DataFrame

from framework import Input, Interval, Output, expect, job, main
from jobs._shared.calendar import NEW_YORK, with_day
from jobs._shared.expectations import CARRIER_CODE, DEST_CODE, NEW_YORK_ORIGIN
from jobs._shared.schemas import RAW_FLIGHTS, SOURCE_FLIGHTS


@job(
    inputs={"flights": Input("source.flights", schema=SOURCE_FLIGHTS)},
    outputs=Output(
        "flights.raw",
        schema=RAW_FLIGHTS,
        # The origin belongs to the key: some flight numbers leave two airports on one day.
        key=("day", "carrier", "flight", "origin"),
        time="day",
        expectations=[
            expect.table_row_count_to_be_between(500, 1_500),
            NEW_YORK_ORIGIN,
            CARRIER_CODE,
            DEST_CODE,
            expect.column_values_to_be_between("sched_dep_time", 0, 2359),
            expect.column_values_to_be_between("dep_time", 1, 2400),
        ],
    ),
    interval="day",
    start="2013-01-01",
    timezone=NEW_YORK,
    batch=31,
    owner="ops",
)
def land_flights(flights: DataFrame, *, interval: Interval) -> DataFrame:
    """Take the interval's days from the year's file; every other column stays as it came."""
    return with_day(flights, interval)


if __name__ == "__main__":
    main(land_flights)
