"""A rule about the past beside a limit on quarantine: compared is what is published, not what is rejected."""

import json

from tests.spark.cli.conftest import Caller

JOB = '''
    """Readings, bad values apart."""

    from framework import Input, Output, Quarantine, expect, job

    SCHEMA = "day DATE NOT NULL, sensor INT, v INT"


    @job(
        inputs={"readings": Input("source.readings", schema=SCHEMA)},
        outputs=Output(
            "small.kept",
            schema=SCHEMA,
            time="day",
            expectations=[
                expect.column_values_to_be_between("v", 0, 9, on_fail="quarantine"),
                expect.table_row_count_change_to_be_between(0.5, 2),
            ],
            quarantine=Quarantine(max_rows=5),
        ),
        interval="day",
        start="2013-01-01",
        batch=31,
    )
    def keep(readings, *, interval):
        """Take the days."""
        return readings.where(readings.day.between(interval.first_day, interval.last_day))
'''


def _write(caller: Caller, *days: tuple[int, int]) -> None:
    """Good and bad rows of each day."""
    rows = [
        f"2013-01-0{day},{sensor},{1 if sensor < good else 99}"
        for day, (good, bad) in enumerate(days, start=1)
        for sensor in range(good + bad)
    ]
    caller.project.write(".data/raw/readings.csv", "\n".join(["day,sensor,v", *rows, ""]))


def test_an_interval_over_the_limit_is_compared_as_it_is_published(sparkjob: Caller) -> None:
    """Of 2013-01-01 stay the 40 rows that were there, so that 4 rows of 2013-01-02 are too few."""
    sparkjob.project.write("jobs/keep.py", JOB)
    _write(sparkjob, (40, 0))
    assert sparkjob("run", "keep", "--interval", "2013-01-01").code == 0

    _write(sparkjob, (4, 36), (4, 0))
    told = sparkjob("run", "keep", "--interval", "2013-01-01/2013-01-03", "--json")
    (record,) = json.loads(told.out)
    assert [part["outcome"] for part in record["intervals"]] == ["rejected", "rejected"]
    (change,) = [c for c in record["checks"] if c["type"] == "table_row_count_change_to_be_between"]
    assert change["results"][1]["observed"] == "4 rows after 40, factor 0.1"
