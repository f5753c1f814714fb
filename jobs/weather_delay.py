"""Departures with the weather of their hour and origin."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from framework import Input, Output, expect, job, main
from jobs._shared.calendar import NEW_YORK
from jobs._shared.expectations import CARRIER_CODE, DEP_DELAY, HIGHEST_WIND, NEW_YORK_ORIGIN
from jobs._shared.schemas import WEATHER_DELAY

KEY = ("day", "carrier", "flight", "origin")
LOW_VISIBILITY = 3
"""Miles below which visual flight ends at these airports (14 CFR 91.155)."""


@job(
    inputs={
        "flights": Input("flights.clean", columns=[*KEY, "time_hour", "dep_delay"]),
        # The day before too: with a lag, a morning's flights look at the evening.
        "weather": Input("weather.raw", window="1 day"),
    },
    outputs=Output(
        "flights.weather_delay",
        schema=WEATHER_DELAY,
        key=KEY,
        time="day",
        expectations=[
            NEW_YORK_ORIGIN,
            CARRIER_CODE,
            DEP_DELAY,
            # 52 departures in January, on two days; all of those of 2013-12-31, which has no weather.
            expect.column_values_to_not_be_null("observed_at", on_fail="quarantine"),
            expect.column_values_to_be_between("visib", 0, 10),
            expect.column_values_to_be_between("wind_speed", 0, HIGHEST_WIND),
        ],
    ),
    interval="day",
    start="2013-01-01",
    timezone=NEW_YORK,
    batch=31,
    owner="ops",
)
def weather_delay(flights: DataFrame, weather: DataFrame, *, lag_hours: int = 0) -> DataFrame:
    """Join each departure with the observation `lag_hours` (0 to 24) before its scheduled hour.

    A departure without one has NULLs and goes to quarantine: its delay says nothing of weather.
    A wind beyond any ever observed is a broken sensor, and unknown too.
    """
    if not 0 <= lag_hours <= 24:  # noqa: PLR2004 - the window of the input, in hours
        raise ValueError(f"lag_hours is {lag_hours}; the weather is read for 0 to 24 hours before")
    wind = F.when(F.col("wind_speed") <= HIGHEST_WIND, F.col("wind_speed"))
    observed = weather.select(
        "origin",
        F.col("time_hour").alias("observed_at"),
        (F.col("time_hour") + F.make_dt_interval(hours=F.lit(lag_hours))).alias("time_hour"),
        "temp",
        wind.alias("wind_speed"),
        "precip",
        "visib",
        ((F.col("visib") < LOW_VISIBILITY) | (F.col("precip") > 0)).alias("bad_weather"),
    )
    return flights.join(observed, ["origin", "time_hour"], "left").drop("time_hour")


if __name__ == "__main__":
    main(weather_delay)
