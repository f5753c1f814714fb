"""`checks run`: the rules of a dataset on what is published of it, without running a job."""

import json

import pytest
from deltalake import DeltaTable

from tests.spark.cli.conftest import Caller

COPY = '''
    """The good readings again."""

    from framework import Input, Output, expect, job


    @job(
        inputs={"good": Input("small.good"), "total": Input("small.total")},
        outputs=Output(
            "small.copy",
            schema="day DATE NOT NULL, sensor INT, v INT",
            time="day",
            expectations=[
                expect.column_values_to_exist_in("day", "total"),
                expect.table_row_count_to_equal_input("good"),
                expect.column_sum_to_equal_input_sum("v", "good", severity="warning"),
                expect.compound_columns_to_be_unique(["sensor", "v"], scope="table", severity="warning"),
            ],
        ),
        interval="day",
        start="2013-01-01",
        batch=31,
    )
    def copy(good, total):
        """Copy them."""
        return good
'''


@pytest.fixture
def ran(sparkjob: Caller) -> Caller:
    """All jobs have run for two days."""
    sparkjob.project.write("jobs/copy.py", COPY)
    told = sparkjob("run", "--all")
    assert told.code == 0, told.out + told.err
    return sparkjob


def test_sound_datasets_pass(ran: Caller) -> None:
    """One line a dataset, its version, how many verdicts passed; exit 0."""
    told = ran("checks", "run", "small.good", "small.total")
    assert told.code == 0, told.err
    assert "small.good@" in told.out
    assert "2 intervals 2013-01-01/2013-01-03" in told.out
    assert "8 of 8 verdicts passed" in told.out
    assert "small.total@" in told.out


def test_a_foreign_hand_is_found(ran: Caller) -> None:
    """Rows that another writer spoiled break the rules of their interval, and of no other: exit 65."""
    table = DeltaTable(ran.project.table("small.good"))
    table.update(updates={"v": "99"}, predicate="day = '2013-01-02' AND sensor = 4")
    told = ran("checks", "run", "small.good")
    assert told.code == 65
    assert "✗ small.good: column_values_to_be_between(v, 0, 9)  1 of 20 rows (5.0 %)" in told.out
    assert "2013-01-02" in told.out
    assert "df.where(" in told.out
    told = ran("checks", "run", "small.good", "--json")
    (document,) = json.loads(told.out)
    states = {c["type"]: [r["state"] for r in c["results"]] for c in document["checks"]}
    assert states["column_values_to_be_between"] == ["pass", "fail"]
    assert (told.code, document["exit_code"], document["dataset"]) == (65, 65, "small.good")
    assert ran("checks", "run", "small.good", "--interval", "2013-01-01").code == 0


def test_rules_that_compare_look_at_the_inputs_as_they_are(ran: Caller) -> None:
    """An input that changed since is compared as it is now; one on the whole table is told for all days."""
    told = ran("checks", "run", "small.copy", "--json")
    states = {c["type"]: [r["state"] for r in c["results"]] for c in json.loads(told.out)[0]["checks"]}
    assert told.code == 0
    assert states["column_values_to_exist_in"] == ["pass", "pass"]
    assert states["column_sum_to_equal_input_sum"] == ["pass", "pass"]
    assert states["compound_columns_to_be_unique"] == ["fail"]
    DeltaTable(ran.project.table("small.good")).delete("day = '2013-01-02' AND sensor = 4")
    DeltaTable(ran.project.table("small.total")).delete("day = '2013-01-01'")
    told = ran("checks", "run", "small.copy", "--json")
    states = {c["type"]: [r["state"] for r in c["results"]] for c in json.loads(told.out)[0]["checks"]}
    assert told.code == 65
    assert states["column_values_to_exist_in"] == ["fail", "pass"]
    assert states["table_row_count_to_equal_input"] == ["pass", "fail"]


def test_what_is_not_published_is_no_pass(ran: Caller) -> None:
    """75 names the interval that is not there, also beside those that are; an unknown name is 64."""
    told = ran("checks", "run", "small.good", "--interval", "2013-01-02/2013-01-05")
    assert told.code == 75
    assert "4 of 4 verdicts passed" in told.out
    assert "nothing is published yet of 2013-01-03, 2013-01-04" in told.err
    told = ran("checks", "run", "small.goood")
    assert told.code == 64
    assert 'no job makes a dataset "small.goood"' in told.err
    assert 'did you mean "small.good"?' in told.err


def test_nothing_published_at_all(sparkjob: Caller) -> None:
    """75, and Spark is not needed to say so."""
    told = sparkjob("checks", "run", "small.*", "--interval", "2013-01-01")
    assert told.code == 75
    assert told.err.count("nothing is published yet") == 3
