"""Files that land one by one: each in its interval, late and replaced ones make their intervals again."""

import json
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.spark.cli.conftest import Caller, Told

DAYS = "--interval=2013-01-01/2013-01-04"
LANDED = """
    datasets:
      source.events:
        {{source: true, format: csv, location: "{{raw}}/events", options: {{header: true}}, {landing}}}
"""
LAND = '''
    """Events as they come."""

    from framework import Input, Output, job, main

    SCHEMA = "day DATE NOT NULL, n INT"


    @job(
        inputs={"events": Input("source.events", schema=SCHEMA, window=None)},
        outputs=Output("small.events", schema=SCHEMA, time="day"),
        interval="day",
        start="2013-01-01",
        batch=2,
    )
    def land(events, *, interval):
        """As they are."""
        from pyspark.sql import functions as F

        return events.where(F.col("day").between(interval.first_day, interval.last_day))


    if __name__ == "__main__":
        main(land)
'''
DATED = 'files: "%Y/%m-%d/*.csv"'


def _arrange(caller: Caller, landing: str = DATED) -> Caller:
    local = caller.project.root / "configs" / "local.yml"
    caller.project.write("jobs/land.py", LAND)
    caller.project.write("extra.yml", LANDED.format(landing=landing))
    local.write_text(local.read_text() + (caller.project.root / "extra.yml").read_text())
    return caller


def _land(caller: Caller, name: str, *rows: str) -> Path:
    return caller.project.write(f".data/raw/events/{name}", "\n".join(["day,n", *rows, ""]))


def _rows(caller: Caller) -> list[tuple[str, int]]:
    table = DeltaTable(str(caller.project.table("small.events"))).to_pyarrow_table().to_pylist()
    return sorted((str(row["day"]), row["n"]) for row in table)


def _planned(caller: Caller) -> dict[tuple[str, str], list[str]]:
    told = caller("plan", "land", DAYS, "--json")
    assert told.code == 0, told.err
    found: dict[tuple[str, str], list[str]] = {}
    for line in json.loads(told.out):
        days = [key[:10] for key in line["intervals"]]
        found.setdefault((line["action"], line["reason"]), []).extend(days)
    return found


def _run(caller: Caller, *more: str) -> Told:
    return caller("run", "land", DAYS, *more)


def test_late_and_replaced_files_make_their_intervals_again(sparkjob: Caller) -> None:
    """Each file is read once an interval; a day without a file waits; only what a change touches runs."""
    _arrange(sparkjob)
    _land(sparkjob, "2013/01-01/a.csv", "2013-01-01,1")
    second = _land(sparkjob, "2013/01-02/a.csv", "2013-01-02,2", "2013-01-02,3")
    _land(sparkjob, "2013/notes.txt", "no file of it")
    told = _run(sparkjob)
    assert told.code == 75, told.out + told.err
    assert "land 2013-01-03  waits for source.events" in told.out + told.err
    assert _rows(sparkjob) == [("2013-01-01", 1), ("2013-01-02", 2), ("2013-01-02", 3)]

    # Late: a file of the first day that comes after the run; and what the third day waited for.
    _land(sparkjob, "2013/01-01/b.csv", "2013-01-01,4")
    _land(sparkjob, "2013/01-03/a.csv", "2013-01-03,5")
    assert _planned(sparkjob) == {
        ("will run", "input changed: source.events"): ["2013-01-01"],
        ("unchanged", "current"): ["2013-01-02"],
        ("will run", "never published"): ["2013-01-03"],
    }
    assert _run(sparkjob).code == 0
    assert _rows(sparkjob)[:2] == [("2013-01-01", 1), ("2013-01-01", 4)]

    # Replaced, and taken away.
    second.write_text("day,n\n2013-01-02,9\n")
    (sparkjob.project.root / ".data/raw/events/2013/01-01/b.csv").unlink()
    assert _planned(sparkjob) == {
        ("will run", "input changed: source.events"): ["2013-01-01", "2013-01-02"],
        ("unchanged", "current"): ["2013-01-03"],
    }
    assert _run(sparkjob).code == 0
    assert _rows(sparkjob) == [("2013-01-01", 1), ("2013-01-02", 9), ("2013-01-03", 5)]
    assert "Spark was not started" in _run(sparkjob).out


def test_a_marker_says_that_all_are_there(sparkjob: Caller) -> None:
    """Files without it are not read; with it a day without files has no rows."""
    _arrange(sparkjob, f'{DATED}, ready: "%Y/%m-%d/_SUCCESS"')
    _land(sparkjob, "2013/01-01/a.csv", "2013-01-01,1")
    assert _run(sparkjob).code == 75
    for day in (1, 2, 3):
        place = sparkjob.project.root / f".data/raw/events/2013/01-0{day}/_SUCCESS"
        place.parent.mkdir(exist_ok=True)
        place.touch()
    told = _run(sparkjob)
    assert told.code == 0, told.out + told.err
    assert _rows(sparkjob) == [("2013-01-01", 1)]
    assert "Spark was not started" in _run(sparkjob).out


def test_a_window_reaches_over_files_too(sparkjob: Caller) -> None:
    """Rows that came a day early are read with the day before; a new file makes both days again."""
    _arrange(sparkjob)
    job = sparkjob.project.root / "jobs" / "land.py"
    job.write_text(job.read_text().replace("window=None", 'window="1 day"').replace("batch=2", "batch=1"))
    for day in (1, 2, 3):
        _land(sparkjob, f"2013/01-0{day}/a.csv", f"2013-01-0{day},1", f"2013-01-0{day + 1},2")
    told = _run(sparkjob)
    assert told.code == 0, told.out + told.err
    assert _rows(sparkjob) == [
        ("2013-01-01", 1), ("2013-01-02", 1), ("2013-01-02", 2), ("2013-01-03", 1), ("2013-01-03", 2),
    ]  # fmt: skip
    _land(sparkjob, "2013/01-02/b.csv", "2013-01-03,7")
    assert _planned(sparkjob) == {
        ("unchanged", "current"): ["2013-01-01"],
        ("will run", "input changed: source.events"): ["2013-01-02", "2013-01-03"],
    }


@pytest.mark.parametrize(
    ("landing", "code", "said"),
    [
        ('files: "%Y/%j.csv"', 64, "%j is no field"),
        ('files: "%Y-%m-%d.csv", ready: "{lake}/x"', 64, "braces"),
        (f"{DATED}, timezone: Mars", 64, "must be a time zone"),
        ('files: "*/*-*/%Y%m%d.csv"', 65, "names a date that there is not"),
    ],
)
def test_what_is_refused(sparkjob: Caller, landing: str, code: int, said: str) -> None:
    """A pattern that is none by `validate`; a path with a date that there is not by the plan."""
    _arrange(sparkjob, landing)
    _land(sparkjob, "2013/01-01/20130231.csv", "2013-01-01,1")
    told = _run(sparkjob)
    assert told.code == code
    assert said in told.out + told.err
