"""`append`, `merge` and `scd2` from the command line: a file of changes goes into three tables by day."""

import json

import pytest
from deltalake import DeltaTable

from tests.spark.cli.conftest import Caller
from tests.support.project import BASE, LOCAL

CHANGES = '''
    """Changes of customers: all of them, the newest, and their history."""

    from framework import Input, Output, expect, job

    SCHEMA = "day DATE NOT NULL, id INT NOT NULL, seq INT, op STRING, city STRING"
    DAILY = {
        "inputs": {"changes": Input("source.changes", schema=SCHEMA)},
        "interval": "day",
        "start": "2013-01-01",
    }
    KEYED = {"key": "id", "time": "day", "sequence_by": "seq", "delete_when": "op = 'D'"}
    RULES = [expect.column_value_lengths_to_be_between("city", max_value=9)]


    def of(changes, interval):
        return changes.where(changes["day"] == interval.first_day)


    @job(**DAILY, outputs=Output("small.log", schema=SCHEMA, time="day", mode="append"))
    def log(changes, *, interval):
        return of(changes, interval)


    @job(
        **DAILY,
        outputs=Output("small.customers", schema=SCHEMA, mode="merge", expectations=RULES, **KEYED),
    )
    def customers(changes, *, interval):
        return of(changes, interval)


    @job(
        **DAILY,
        outputs=Output(
            "small.history",
            schema=SCHEMA + ", valid_from INT, valid_to INT, is_current BOOLEAN",
            mode="scd2",
            tracked="city",
            expectations=RULES,
            **KEYED,
        ),
    )
    def history(changes, *, interval):
        return of(changes, interval)
'''
SOURCE = 'source.changes: {source: true, format: csv, location: "{raw}/changes.csv", options: {header: true}}'
D1 = ("2013-01-01,1,1,U,Berlin", "2013-01-01,2,2,U,Paris")
D2 = ("2013-01-02,1,3,U,Rome", "2013-01-02,2,4,D,", "2013-01-02,3,5,U,Oslo")
DAYS = "2013-01-01/2013-01-03"
JOBS = ("log", "customers", "history")
MODES = {"log": "append", "customers": "merge", "history": "scd2"}


@pytest.fixture
def changes(sparkjob: Caller) -> Caller:
    """The three jobs and two days of changes."""
    project = sparkjob.project
    project.write("jobs/changes.py", CHANGES)
    project.write("configs/base.yml", f"{BASE.rstrip()}\n      {SOURCE}\n")
    project.write("configs/local.yml", LOCAL)
    write(sparkjob, *D1, *D2)
    assert sparkjob("validate").code == 0
    return sparkjob


def write(caller: Caller, *lines: str) -> None:
    """The source has these changes."""
    caller.project.write(".data/raw/changes.csv", "\n".join(["day,id,seq,op,city", *lines, ""]))


def run(
    caller: Caller, *jobs: str, interval: str = "2013-01-01/2013-01-03", more: str = ""
) -> dict[str, str]:
    """Run these jobs; the outcomes by job, of which each has one."""
    told = caller("run", *jobs, "--interval", interval, "--json", *more.split())
    assert told.code in (0, 64, 65), told.err
    found = {(each["job"], part["outcome"]) for each in json.loads(told.out) for part in each["intervals"]}
    assert {job for job, _ in found} == set(jobs), told.out + told.err
    assert len(found) == len(jobs), "all intervals of a job end alike"
    return dict(found)


def rows(caller: Caller, dataset: str, *columns: str) -> list[tuple[object, ...]]:
    """Rows of a dataset, sorted."""
    table = DeltaTable(str(caller.project.table(f"small.{dataset}"))).to_pyarrow_table()
    return sorted((tuple(row[name] for name in columns) for row in table.to_pylist()), key=repr)


def test_each_mode_makes_its_rows_day_by_day(changes: Caller) -> None:
    """All changes, the newest of each that is still there, and the history of all."""
    assert run(changes, *JOBS) == dict.fromkeys(JOBS, "published")
    assert len(rows(changes, "log", "id")) == 5
    assert rows(changes, "customers", "id", "city") == [(1, "Rome"), (3, "Oslo")]
    assert rows(changes, "history", "id", "city", "valid_from", "valid_to", "is_current") == [
        (1, "Berlin", 1, 3, False),
        (1, "Rome", 3, None, True),
        (2, "Paris", 2, 4, False),
        (3, "Oslo", 5, None, True),
    ]
    assert run(changes, *JOBS) == dict.fromkeys(JOBS, "unchanged")


def test_an_older_day_comes_late_and_another_way_of_running_makes_the_same(changes: Caller) -> None:
    """What was deleted stays so, history is split, and what was appended once is not appended again."""
    run(changes, *JOBS, interval="2013-01-02")
    write(changes, *D1, "2013-01-01,1,2,U,Bonn", *D2)
    # Two changes of one key in a day are a history, and no merge can tell which is meant.
    found = run(changes, *JOBS, interval="2013-01-01")
    assert found == {"log": "published", "customers": "rejected", "history": "published"}
    assert [row[:3] for row in rows(changes, "history", "id", "city", "valid_from") if row[0] == 1] == [
        (1, "Berlin", 1),
        (1, "Bonn", 2),
        (1, "Rome", 3),
    ]
    told = changes("show", "customers").out
    assert "compound_columns_to_be_unique" in told or "values_to_be_unique" in told
    write(changes, *D1, *D2)
    assert run(changes, "customers", interval="2013-01-01") == {"customers": "published"}
    assert rows(changes, "customers", "id", "city") == [(1, "Rome"), (3, "Oslo")]
    assert run(changes, "log", interval="2013-01-01") == {"log": "unchanged"}
    assert run(changes, "log", interval="2013-01-01", more="--force") == {"log": "published"}
    assert len(rows(changes, "log", "id")) == 5


def test_rules_look_at_the_merged_rows(changes: Caller) -> None:
    """A city that is too long rejects its day, and the table stays as it was."""
    run(changes, *JOBS, interval="2013-01-01")
    write(changes, *D1, "2013-01-02,1,3,U,Constantinople")
    found = run(changes, "customers", "history", interval="2013-01-02")
    assert found == {"customers": "rejected", "history": "rejected"}
    assert rows(changes, "customers", "id", "city") == [(1, "Berlin"), (2, "Paris")]


@pytest.mark.parametrize("change", ["delete", "optimize", "restore"])
def test_a_foreign_change_stops_them_and_names_the_command(changes: Caller, change: str) -> None:
    """Nothing is put beside what somebody else has left, unless a person says so."""
    for day in ("2013-01-01", "2013-01-02"):
        run(changes, *JOBS, interval=day)
    for dataset in JOBS:
        table = DeltaTable(str(changes.project.table(f"small.{dataset}")))
        match change:
            case "delete":
                table.delete("id = 1")
            case "optimize":
                table.optimize.z_order(["id"])
            case _:
                table.restore(0)
    told = changes("plan", *JOBS, "--interval", "2013-01-02")
    for dataset in JOBS:
        assert f"small.{dataset} (mode {MODES[dataset]}) was changed by somebody else" in told.out
    assert "sparkjob run customers --interval 2013-01-02 --force" in told.out + told.err
    assert run(changes, *JOBS, interval="2013-01-02") == dict.fromkeys(JOBS, "misconfigured")
    # A day that was never merged would be merged into that, too; it can be appended.
    found = run(changes, *JOBS, interval="2013-01-03")
    assert found == {"log": "published", "customers": "misconfigured", "history": "misconfigured"}
    assert run(changes, *JOBS, interval="2013-01-02", more="--force") == dict.fromkeys(JOBS, "published")
    assert (1, "Rome") in rows(changes, "customers", "id", "city")
    assert run(changes, "customers", interval="2013-01-03") == {"customers": "published"}


def test_parquet_appends_and_refuses_to_merge(changes: Caller) -> None:
    """Before Spark has anything to do."""
    parquet = 'datasets: {"small.*": {format: parquet}}'
    changes.project.write("configs/local.yml", f"{LOCAL.rstrip()}\n    {parquet}\n")
    found = run(changes, *JOBS)
    assert found == {"log": "published", "customers": "misconfigured", "history": "misconfigured"}
    assert run(changes, "log") == {"log": "unchanged"}
