"""One line a carrier: how many flights, how late, in which weather, with how many planes."""

from framework import Input, Output, expect, main, sql_job
from jobs._shared.expectations import CARRIER_CODE
from jobs._shared.schemas import DELAY_REPORT

delay_report = sql_job(
    "delay_report",
    file="delay_report.sql",
    inputs={
        "airlines": Input("airlines.raw"),
        "daily_carrier": Input("flights.daily_carrier"),
        "weather_delay": Input("flights.weather_delay", columns=["carrier", "dep_delay", "bad_weather"]),
        "fleet_use": Input("flights.fleet_use", columns=["carrier", "tailnum", "flights"]),
    },
    outputs=Output(
        "flights.delay_report",
        schema=DELAY_REPORT,
        key="carrier",
        expectations=[
            expect.table_row_count_to_be_between(10, 16),
            CARRIER_CODE,
            expect.column_values_to_be_between("mean_delay", -60, 1_440),
            expect.column_values_to_be_between("planes", 0, 2_000),
        ],
    ),
    owner="ops",
    description=__doc__,
)


if __name__ == "__main__":
    main(delay_report)
