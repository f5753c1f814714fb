"""Directories of a stage."""

import pytest

from framework.contract.types import Output
from framework.interval import WHOLE, parse_interval
from framework.stage.layout import plan_layout

SCHEMA = "day DATE, at TIMESTAMP, carrier STRING"
ONE = tuple(parse_interval("2013-01-03").units())
THREE = tuple(parse_interval("2013-01-03/2013-01-06").units())
MONTH = tuple(parse_interval("2013-01", grain="month").units())


@pytest.mark.parametrize(
    ("output", "intervals", "directories"),
    [
        (Output("x", schema=SCHEMA, time="day"), ONE, []),
        (Output("x", schema=SCHEMA, time="day"), THREE, ["sparkjob_interval"]),
        (Output("x", schema=SCHEMA, time="day"), MONTH, ["sparkjob_p0"]),
        (Output("x", schema=SCHEMA, time="at"), ONE, ["sparkjob_interval"]),
        (Output("x", schema=SCHEMA, time="day", partition_by=()), ONE, ["sparkjob_interval"]),
        (Output("x", schema=SCHEMA, time="day", partition_by=("day", "carrier")), ONE, ["sparkjob_p0"]),
        (Output("x", schema=SCHEMA), (WHOLE,), []),
        (Output("x", schema=SCHEMA, partition_by="carrier"), (WHOLE,), ["sparkjob_p0"]),
    ],
)
def test_a_stage_has_only_the_directories_that_it_needs(output, intervals, directories):
    """One partition whose value is known needs none, which makes the write faster."""
    assert list(plan_layout(output, intervals).columns) == directories


def test_a_path_says_interval_and_partition():
    """Labels are unescaped; what is not planned belongs to no interval."""
    output = Output("x", schema=SCHEMA, time="day", partition_by=("day", "carrier"))
    layout = plan_layout(output, THREE)
    path = "data/s/sparkjob_interval=v2013-01-04/sparkjob_p0=va%2Fb=%25é/part-0.parquet"
    assert layout.interval_of(path) == THREE[1]
    assert layout.partition_of(path) == {"day": "2013-01-04", "carrier": "a/b=%é"}
    outside = "data/s/sparkjob_interval=outside/sparkjob_p0=n/part-0.parquet"
    assert layout.interval_of(outside) is None
    assert layout.partition_of(outside) == {"day": None, "carrier": None}


@pytest.mark.parametrize(
    ("output", "intervals", "directories"),
    [
        (Output("x", schema=SCHEMA, time="day"), ONE, ["sparkjob_interval"]),
        (Output("x", schema=SCHEMA, time="day"), THREE, ["sparkjob_interval"]),
        (Output("x", schema=SCHEMA, time="day"), MONTH, ["sparkjob_interval", "sparkjob_p0"]),
        (Output("x", schema=SCHEMA), (WHOLE,), ["sparkjob_interval"]),
    ],
)
def test_rows_that_are_split_off_need_no_directory_of_their_own(output, intervals, directories):
    """They have another label of their interval."""
    layout = plan_layout(output, intervals, broken="carrier = 'x'")
    assert list(layout.columns) == directories
    for letter, is_split in (("v", False), ("q", True)):
        path = f"data/s/sparkjob_interval={letter}{intervals[-1].label}/part-0.parquet"
        assert layout.interval_of(path) == intervals[-1]
        assert layout.is_split(path) is is_split
    outside = "data/s/sparkjob_interval=outside/part-0.parquet"
    assert (layout.interval_of(outside), layout.is_split(outside)) == (None, False)
