"""A forecast that a container makes from the report: not Spark, and known here by its contract alone.

So the graph shows who reads the report, a change that would break the container is named before
it is released, and no run of this project waits for it.
"""

from framework import Input, Output, expect, external_job
from jobs._shared.schemas import DELAY_FORECAST

delay_forecast = external_job(
    "delay_forecast",
    runner="ecs:delay-forecast",
    inputs={"report": Input("flights.delay_report", columns=["carrier", "mean_delay"])},
    outputs=Output(
        "forecast.delay",
        schema=DELAY_FORECAST,
        key="carrier",
        expectations=[expect.column_values_to_be_between("expected_delay", -60, 1_440)],
    ),
    owner="science",
    description=__doc__,
)
