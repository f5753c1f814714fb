"""`fleet_use` counts per month, carrier and plane, registered or not."""

from datetime import date

from chispa import assert_df_equality
from pyspark.sql import SparkSession

from jobs._shared.schemas import PLANES
from jobs.fleet_use import fleet_use

RESULT = """
    tailnum STRING, month DATE, carrier STRING, flights BIGINT, days_used BIGINT, air_minutes BIGINT,
    manufacturer STRING, model STRING, seats INT, built INT
"""


def test_a_plane_has_a_row_for_each_month_and_carrier(spark: SparkSession) -> None:
    """Days count once, unknown air times are left out, and a plane without registration stays."""
    flights = spark.createDataFrame(
        [
            (date(2013, 1, 5), "DL", "N1", 100),
            (date(2013, 1, 5), "DL", "N1", None),  # diverted: it flew, nobody says how long
            (date(2013, 1, 31), "DL", "N1", 50),
            (date(2013, 1, 31), "FL", "N1", 10),
            (date(2013, 2, 1), "DL", "N1", 70),
            (date(2013, 1, 1), "AA", "N3GAAA", None),
        ],
        "day DATE, carrier STRING, tailnum STRING, air_time INT",
    )
    planes = spark.createDataFrame(
        [
            ("N1", None, "Fixed wing multi engine", "BOEING", "717-200", 2, 117, None, "Turbo-fan"),
            ("N2", 1999, "Rotorcraft", "BELL", "407", 1, 7, None, "Turbo-shaft"),  # never flew
        ],
        PLANES,
    )
    january, february = date(2013, 1, 1), date(2013, 2, 1)
    boeing = ("BOEING", "717-200", 117, None)

    result = fleet_use(flights, planes)

    expected = [
        ("N1", january, "DL", 3, 2, 150, *boeing),
        ("N1", january, "FL", 1, 1, 10, *boeing),
        ("N1", february, "DL", 1, 1, 70, *boeing),
        ("N3GAAA", january, "AA", 1, 1, None, None, None, None, None),
    ]
    assert_df_equality(
        result,
        spark.createDataFrame(expected, RESULT),
        ignore_row_order=True,
        ignore_nullable=True,
        ignore_metadata=True,
    )
