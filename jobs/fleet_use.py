"""How much each carrier used each of its planes, month by month."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from framework import Input, Output, expect, job, main
from jobs._shared.calendar import NEW_YORK
from jobs._shared.expectations import CARRIER_CODE
from jobs._shared.schemas import FLEET_USE


@job(
    inputs={
        "flights": Input("flights.clean", columns=["day", "carrier", "tailnum", "air_time"]),
        "planes": Input("planes.raw"),
    },
    outputs=Output(
        "flights.fleet_use",
        schema=FLEET_USE,
        key=("month", "carrier", "tailnum"),  # seventeen planes flew for two carriers
        time="month",
        expectations=[
            expect.table_row_count_to_be_between(1_000, 10_000),
            CARRIER_CODE,
            expect.column_values_to_be_between("flights", 1, 500),
            expect.column_values_to_be_between("days_used", 1, 31),
            expect.column_values_to_be_between("air_minutes", 0, 31 * 24 * 60),
            # American and Envoy report fleet numbers, which the registry does not know.
            expect.column_values_to_not_be_null("manufacturer", mostly=0.8, severity="warning"),
        ],
    ),
    interval="month",
    start="2013-01",
    timezone=NEW_YORK,
    owner="ops",
    tags=["finance"],
)
def fleet_use(flights: DataFrame, planes: DataFrame) -> DataFrame:
    """Count per plane what departed; a plane that is not registered keeps its row, with NULLs."""
    use = flights.groupBy(F.trunc("day", "month").alias("month"), "carrier", "tailnum").agg(
        F.count("*").alias("flights"),
        F.count_distinct("day").alias("days_used"),
        F.sum("air_time").alias("air_minutes"),
    )
    registered = planes.select("tailnum", "manufacturer", "model", "seats", F.col("year").alias("built"))
    return use.join(registered, "tailnum", "left")


if __name__ == "__main__":
    main(fleet_use)
