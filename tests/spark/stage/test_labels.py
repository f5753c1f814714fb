"""Spark's label of an instant is that of the interval that holds it, in every calendar."""

import random
from datetime import UTC, datetime, timedelta

from pyspark.sql import functions as F

from framework.contract.types import Output
from framework.interval import Interval
from framework.stage.layout import render_label

ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")
GRAINS = ("hour", "day", "month")
OUTPUT = Output("x", schema="at TIMESTAMP", time="at")
# Clocks go forward and back; Apia had no 30 December 2011.
CHANGES = ("2013-03-10T07:00", "2013-11-03T06:00", "2013-10-27T01:00", "2011-12-30T10:00", "2013-04-06T15:00")


def test_labels_follow_the_calendar_of_the_zone(spark):
    """Hours, days and months, at random instants and around changes of the clock."""
    pick = random.Random(7)
    instants = [
        datetime(1990, 1, 1, tzinfo=UTC) + timedelta(seconds=pick.randrange(10**9)) for _ in range(60)
    ]
    for change in CHANGES:
        moment = datetime.fromisoformat(change).replace(tzinfo=UTC)
        instants += [
            moment + timedelta(minutes=30 * n, microseconds=us) for n in range(-4, 5) for us in (-1, 0)
        ]
    wanted: dict[str, list[Interval]] = {}
    for zone in ZONES:
        for grain in GRAINS:
            wanted[f"{zone}/{grain}"] = [
                Interval(start=i, end=i + timedelta(microseconds=1)).as_grain(grain, zone) for i in instants
            ]
    frame = spark.createDataFrame([(i,) for i in instants], "at TIMESTAMP")
    labels = [
        F.expr(render_label(OUTPUT, sorted(set(units)))).alias(str(number))
        for number, units in enumerate(wanted.values())
    ]
    rows = frame.select(*labels).collect()
    for number, (name, units) in enumerate(wanted.items()):
        assert [row[number] for row in rows] == [f"v{unit.label}" for unit in units], name


def test_a_row_without_a_time_is_outside(spark):
    """NULL belongs to no interval; neither does what is not planned."""
    unit = Interval(start=datetime(2013, 1, 1, tzinfo=UTC), end=datetime(2013, 1, 2, tzinfo=UTC))
    frame = spark.createDataFrame([(None,), (unit.end,), (unit.start,)], "at TIMESTAMP")
    found = frame.select(F.expr(render_label(OUTPUT, [unit]))).collect()
    assert [row[0] for row in found] == ["outside", "outside", "v2013-01-01"]
