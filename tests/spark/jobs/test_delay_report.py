"""`delay_report.sql` makes one line a carrier of what the other jobs found."""

from datetime import date
from pathlib import Path

import pytest
from chispa import assert_df_equality
from pyspark.sql import SparkSession

from jobs import delay_report
from jobs._shared.schemas import AIRLINES, DAILY_CARRIER, DELAY_REPORT

ONE, TWO = date(2013, 1, 1), date(2013, 1, 2)
SQL = Path(delay_report.__file__).with_name("delay_report.sql").read_text(encoding="utf-8")


@pytest.fixture
def views(spark: SparkSession) -> None:
    """United flew in all weathers; Mesa's only flight was cancelled; Hawaiian had none."""
    frames = {
        "airlines": ([("UA", "United"), ("YV", "Mesa"), ("HA", "Hawaiian")], AIRLINES),
        "daily_carrier": (
            [
                (ONE, "UA", 3, 1, 1, 30, 15.0),
                (TWO, "UA", 1, 0, 0, -3, -3.0),
                (TWO, "YV", 1, 1, 0, None, None),
            ],
            DAILY_CARRIER,
        ),
        "weather_delay": (
            [("UA", 40, True), ("UA", -10, False), ("UA", -3, None)],
            "carrier STRING, dep_delay INT, bad_weather BOOLEAN",
        ),
        "fleet_use": (
            [("UA", "N1", 1), ("UA", "N1", 1), ("UA", "N2", 1)],
            "carrier STRING, tailnum STRING, flights BIGINT",
        ),
    }
    for name, (rows, schema) in frames.items():
        spark.createDataFrame(rows, schema).createOrReplaceTempView(name)


@pytest.mark.usefixtures("views")
def test_each_scheduled_carrier_has_one_line(spark: SparkSession) -> None:
    """Means are over all departures, not over daily means; a carrier that never left has no mean."""
    expected = [
        ("UA", "United", 4, 1, 1, 9.0, -10.0, 40.0, 2, 1.5),
        ("YV", "Mesa", 1, 1, 0, None, None, None, 0, None),
    ]

    assert_df_equality(
        spark.sql(SQL),
        spark.createDataFrame(expected, DELAY_REPORT),
        ignore_row_order=True,
        ignore_nullable=True,
        ignore_metadata=True,
    )
