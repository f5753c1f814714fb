"""Late data, days of 23 and 25 hours, and inputs that move while a job runs."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from deltalake import DeltaTable

from tests.spark.cli.conftest import Caller

ROLLING = '''
    """Of each day the readings of two days."""

    from framework import Input, Output, job


    @job(
        inputs={"good": Input("small.good", window="1 day")},
        outputs=Output("small.rolling", schema="day DATE NOT NULL, n BIGINT", key="day", time="day"),
        interval="day",
        start="2013-01-01",
    )
    def rolling(good, *, interval):
        """How many readings the day and the one before have."""
        from pyspark.sql import functions as F

        return good.agg(F.count("*").alias("n")).select(F.lit(interval.first_day).alias("day"), "n")
'''
CLOCKS = '''
    """Ticks of a clock in New York, by its hours and its days."""

    from framework import Input, Output, job

    SCHEMA = "at TIMESTAMP NOT NULL"
    ZONE = "America/New_York"


    @job(
        inputs={"ticks": Input("source.ticks", schema=SCHEMA)},
        outputs=Output("small.hours", schema=SCHEMA, key="at", time="at"),
        interval="hour",
        start="2013-01-01",
        timezone=ZONE,
        batch=25,
    )
    def hours(ticks, *, interval):
        """The ticks of each hour."""
        return ticks.where(ticks["at"].between(interval.start, interval.end) & (ticks["at"] < interval.end))


    @job(
        inputs={"hours": Input("small.hours")},
        outputs=Output("small.days", schema="at TIMESTAMP NOT NULL, n BIGINT", key="at", time="at"),
        interval="day",
        start="2013-01-01",
        timezone=ZONE,
    )
    def days(hours):
        """The first tick of each day, and how many it has."""
        from pyspark.sql import functions as F

        return hours.agg(F.min("at").alias("at"), F.count("*").alias("n"))
'''
# The job's function is called between the pins and Spark's reading: what it does to its input there
# is what a stranger may do at that moment.
MOVING = '''
    """Counts rows that somebody deletes meanwhile."""

    from deltalake import DeltaTable

    from framework import Input, Output, job


    @job(
        inputs={"good": Input("small.good")},
        outputs=Output("small.moving", schema="n BIGINT"),
    )
    def moving(good, *, delete: bool = False):
        """How many readings there are."""
        from pyspark.sql import functions as F

        if delete:
            DeltaTable(".data/small.good").delete("day = '2013-01-01'")
        return good.agg(F.count("*").alias("n"))
'''


def _outcomes(caller: Caller, *arguments: str) -> dict[str, str]:
    told = caller(*arguments, "--json")
    assert told.code == 0, told.out + told.err
    return {
        part["interval"][:10]: part["outcome"]
        for record in json.loads(told.out)
        for part in record["intervals"]
    }


def _values(caller: Caller, dataset: str) -> list[tuple[object, ...]]:
    rows = DeltaTable(caller.project.table(dataset)).to_pyarrow_table().to_pylist()
    return sorted(tuple(row.values()) for row in rows)


def test_late_data_reaches_the_days_whose_windows_it_is_in(sparkjob: Caller) -> None:
    """A row that comes late changes its day and the day that looks back at it, and no other."""
    sparkjob.project.write_readings(1, days=4)
    sparkjob.project.write("jobs/rolling.py", ROLLING)
    week = ("--interval", "2013-01-01/2013-01-05")
    assert sparkjob("run", "split", "rolling", *week).code == 0
    assert [n for _, n in _values(sparkjob, "small.rolling")] == [20, 40, 40, 40]

    readings = sparkjob.project.root / ".data/raw/readings.csv"
    readings.write_text(f"{readings.read_text()}2013-01-02,100,1\n")
    assert sparkjob("run", "split", "--interval", "2013-01-02").code == 0
    assert _outcomes(sparkjob, "backfill", "rolling", *week) == {
        "2013-01-01": "unchanged",
        "2013-01-02": "published",
        "2013-01-03": "published",
        "2013-01-04": "unchanged",
    }
    assert [n for _, n in _values(sparkjob, "small.rolling")] == [20, 41, 41, 40]


@pytest.mark.parametrize(("day", "first", "hours"), [("2013-03-10", 5, 23), ("2013-11-03", 4, 25)])
def test_days_on_which_clocks_change(sparkjob: Caller, day: str, first: int, hours: int) -> None:
    """A day of 23 or 25 hours is made of as many intervals, and holds their ticks and no others."""
    base = sparkjob.project.root / "configs/base.yml"
    source = 'source.ticks: {source: true, format: csv, location: "{raw}/ticks.csv", options: {header: true}}'
    base.write_text(base.read_text().replace("datasets:\n", f"datasets:\n  {source}\n"))
    sparkjob.project.write("jobs/clocks.py", CLOCKS)
    noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
    ticks = [noon + timedelta(minutes=30 * number) for number in range(-100, 100)]
    sparkjob.project.write(
        ".data/raw/ticks.csv", "\n".join(["at", *(tick.isoformat() for tick in ticks), ""])
    )

    assert sparkjob("run", "hours", "days", "--interval", day).code == 0
    table = [at for (at,) in _values(sparkjob, "small.hours")]
    assert len(table) == 2 * hours
    assert set(Counter(at.replace(minute=0) for at in table).values()) == {2}
    ((at, n),) = _values(sparkjob, "small.days")
    assert (at, n) == (datetime.fromisoformat(day).replace(hour=first, tzinfo=UTC), 2 * hours)

    told = json.loads(sparkjob("plan", "hours", "--interval", day, "--json").out)
    assert [(line["action"], len(line["intervals"])) for line in told] == [("unchanged", hours)]
    assert sparkjob("ready", "days", "--interval", day).code == 0


def test_an_input_that_moves_under_a_run_is_read_as_it_was_pinned(sparkjob: Caller) -> None:
    """All of a run reads one version; what was changed meanwhile is work for the next, and told as such."""
    assert sparkjob("run", "split").code == 0
    sparkjob.project.write("jobs/moving.py", MOVING)
    assert sparkjob("run", "moving", "--param", "delete=true").code == 0
    assert DeltaTable(sparkjob.project.table("small.good")).count() == 20
    assert _values(sparkjob, "small.moving") == [(40,)]
    told = sparkjob("plan", "moving", "--param", "delete=true").out
    assert "input changed: small.good" in told
    assert sparkjob("run", "moving").code == 0
    assert _values(sparkjob, "small.moving") == [(20,)]
