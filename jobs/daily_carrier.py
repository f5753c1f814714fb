"""Each carrier's punctuality, day by day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from framework import Input, Output, expect, job, main
from jobs._shared.calendar import NEW_YORK
from jobs._shared.expectations import CARRIER_CODE
from jobs._shared.schemas import DAILY_CARRIER

LATE = 15
"""Minutes after schedule from which a departure is late, as 14 CFR 234.2 counts arrivals."""


@job(
    inputs={
        "flights": Input("flights.clean", columns=["day", "carrier", "dep_delay"]),
        "cancelled": Input("flights.cancelled", columns=["day", "carrier"]),
    },
    outputs=Output(
        "flights.daily_carrier",
        schema=DAILY_CARRIER,
        key=("day", "carrier"),
        time="day",
        expectations=[
            expect.table_row_count_to_be_between(10, 16),
            CARRIER_CODE,
            expect.column_values_to_be_between("flights", 1, 500),
            expect.column_values_to_be_between("cancelled", 0, 500),
            expect.column_values_to_be_between("mean_delay", -60, 1_440),
            # A carrier of one or two flights a day can lose them all.
            expect.column_values_to_not_be_null("mean_delay", mostly=0.9, severity="warning"),
        ],
    ),
    interval="day",
    start="2013-01-01",
    timezone=NEW_YORK,
    batch=31,
    owner="ops",
)
def daily_carrier(flights: DataFrame, cancelled: DataFrame) -> DataFrame:
    """Count departed and cancelled flights together, so that a day of only cancellations has its row."""
    scheduled = flights.unionByName(cancelled, allowMissingColumns=True)
    return scheduled.groupBy("day", "carrier").agg(
        F.count("*").alias("flights"),
        F.count_if(F.col("dep_delay").isNull()).alias("cancelled"),
        F.count_if(F.col("dep_delay") >= LATE).alias("late"),
        F.sum("dep_delay").alias("delay_minutes"),  # a sum adds up over days; a mean does not
        F.avg("dep_delay").alias("mean_delay"),
    )


if __name__ == "__main__":
    main(daily_carrier)
