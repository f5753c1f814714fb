"""`sparkjob ready`: whether to start a job, asked by a scheduler, without Spark."""

import json

from tests.support.calling import Caller


def test_what_is_missing_is_named_with_who_makes_it(sparkjob: Caller) -> None:
    """75 where an input is not there; the line names the dataset and the job, the hint what to run."""
    told = sparkjob("ready", "total")
    assert told.code == 75
    assert "total   not ready   waits for small.good (split makes it)   whole table" in told.out
    assert "0 of 1 job ready" in told.out
    assert "sparkjob run +total" in told.out


def test_a_source_that_is_there_is_enough(sparkjob: Caller) -> None:
    """0 where all inputs are there; without the file 75 and its place."""
    assert sparkjob("ready", "split").out == "1 of 1 job ready\n"
    assert sparkjob("ready", "split").code == 0
    (sparkjob.project.root / ".data/raw/readings.csv").unlink()
    told = sparkjob("ready", "split")
    assert told.code == 75
    assert "waits for source.readings" in told.out
    assert "readings.csv" in told.out


def test_what_the_selected_jobs_make_need_not_be_there(sparkjob: Caller) -> None:
    """Of several jobs only what comes from outside is asked for: they run one after the other."""
    assert sparkjob("ready", "split", "total").code == 0
    told = json.loads(sparkjob("ready", "--json").out)
    assert [(line["job"], line["ready"]) for line in told] == [("split", True), ("total", True)]
