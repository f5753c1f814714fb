"""Hourly weather at the three airports (Iowa Environmental Mesonet)."""

from pyspark.sql import DataFrame

from framework import Input, Interval, Output, expect, job, main
from jobs._shared.calendar import NEW_YORK, with_day
from jobs._shared.expectations import HIGHEST_WIND, NEW_YORK_ORIGIN
from jobs._shared.schemas import RAW_WEATHER, SOURCE_WEATHER


@job(
    inputs={"weather": Input("source.weather", schema=SOURCE_WEATHER)},
    outputs=Output(
        "weather.raw",
        schema=RAW_WEATHER,
        key=("origin", "time_hour"),
        time="day",
        expectations=[
            # Three stations, 23 to 25 hours; 2013-12-31 is missing, four other days have gaps.
            expect.table_row_count_to_be_between(66, 75, severity="warning"),
            NEW_YORK_ORIGIN,
            expect.column_values_to_be_between("temp", -30, 130),
            expect.column_values_to_be_between("humid", 0, 100),
            expect.column_values_to_be_between("visib", 0, 10),
            # A sensor at EWR reported 1,048 mph on 2013-02-12. Landed as it came: who reads it decides.
            expect.column_values_to_be_between("wind_speed", 0, HIGHEST_WIND, severity="warning"),
        ],
    ),
    interval="day",
    start="2013-01-01",
    timezone=NEW_YORK,
    batch=31,
    owner="ops",
)
def land_weather(weather: DataFrame, *, interval: Interval) -> DataFrame:
    """Take the interval's days; the instant `time_hour` is the key, the local `hour` is left out.

    The local hour is no key: on 2013-11-03 the hour from 1 to 2 came twice.
    """
    return with_day(weather, interval).drop("hour")


if __name__ == "__main__":
    main(land_weather)
