"""Airlines, airports and planes: small, without a history, landed whole."""

from pyspark.sql import DataFrame

from framework import Input, Output, expect, job, main
from jobs._shared.expectations import CARRIER_CODE
from jobs._shared.schemas import AIRLINES, AIRPORTS, PLANES


@job(
    inputs={
        "airlines": Input("source.airlines", schema=AIRLINES),
        "airports": Input("source.airports", schema=AIRPORTS),
        "planes": Input("source.planes", schema=PLANES),
    },
    outputs={
        "airlines": Output(
            "airlines.raw",
            schema=AIRLINES,
            key="carrier",
            expectations=[expect.table_row_count_to_be_between(10, 1_000), CARRIER_CODE],
        ),
        "airports": Output(
            "airports.raw",
            schema=AIRPORTS,
            key="faa",  # names are no key: three airports are called "All Airports"
            expectations=[
                expect.table_row_count_to_be_between(1_000, 100_000),
                expect.column_values_to_be_between("lat", -90, 90),
                expect.column_values_to_be_between("lon", -180, 180),
                # DVT and MYF have the wrong sign of longitude, and so a time zone in China.
                expect.column_values_to_be_between("tz", -11, -4, mostly=0.99),
            ],
        ),
        "planes": Output(
            "planes.raw",
            schema=PLANES,
            key="tailnum",
            expectations=[
                expect.table_row_count_to_be_between(1_000, 1_000_000),
                expect.column_values_to_match_regex("tailnum", "^N[0-9A-Z]{1,5}$"),
                expect.column_values_to_not_be_null("year", mostly=0.95),
                expect.column_values_to_be_between("seats", 1, 853),
            ],
        ),
    },
    owner="ops",
)
def land_reference(airlines: DataFrame, airports: DataFrame, planes: DataFrame) -> dict[str, DataFrame]:
    """Publish the three together, so that nobody joins new planes with old airlines."""
    return {"airlines": airlines, "airports": airports, "planes": planes}


if __name__ == "__main__":
    main(land_reference)
