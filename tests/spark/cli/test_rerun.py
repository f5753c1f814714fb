"""Is there work? Comments are none; code, expectations, parameters and input files are, and say so."""

import json
from collections.abc import Callable

import pytest
from deltalake import DeltaTable

from tests.spark.cli.conftest import Caller


def _edit(caller: Caller, path: str, old: str, new: str) -> None:
    place = caller.project.root / path
    text = place.read_text()
    assert old in text
    place.write_text(text.replace(old, new))


def _reasons(caller: Caller, *arguments: str) -> dict[str, str]:
    told = caller("plan", "--json", *arguments)
    assert told.code == 0, told.err
    return {line["job"]: line["reason"] for line in json.loads(told.out) if line["action"] != "unchanged"}


@pytest.fixture
def ran(sparkjob: Caller) -> Caller:
    """Both jobs have run once."""
    told = sparkjob("run", "--all")
    assert told.code == 0, told.err
    return sparkjob


def test_second_run_does_nothing(ran: Caller) -> None:
    """All unchanged, Spark not started, exit 0."""
    told = ran("run", "--all")
    assert told.code == 0
    assert "2 unchanged" in told.out
    assert "Spark was not started" in told.out


def test_every_kind_of_edit_names_what_runs_and_why(ran: Caller) -> None:
    """A comment, formatting and a docstring change nothing; each real edit names itself."""
    _edit(ran, "jobs/split.py", '"""Even sensors are good."""', '"""Even sensors."""  # a comment')
    _edit(ran, "jobs/split.py", "days = days.withColumn", "days  =  days.withColumn")
    assert _reasons(ran) == {}

    assert _reasons(ran, "split", "--param", "add=2") == {"split": "parameters changed"}

    _edit(ran, "jobs/split.py", 'to_be_between("v", 0, 9)', 'to_be_between("v", 0, 10)')
    assert _reasons(ran) == {"split": "expectations changed", "total": "input changes: small.good"}
    _edit(ran, "jobs/split.py", 'to_be_between("v", 0, 10)', 'to_be_between("v", 0, 9)')

    ran.project.write_readings(3)
    assert _reasons(ran) == {
        "split": "input changed: source.readings",
        "total": "input changes: small.good",
    }
    ran("run", "--all")

    _edit(ran, "jobs/total.py", 'F.sum("v")', 'F.max("v")')
    assert _reasons(ran) == {"total": "code changed: total()"}


def test_plan_is_what_run_executes(ran: Caller) -> None:
    """The jobs that the plan names are those that the run publishes."""
    _edit(ran, "jobs/total.py", 'F.sum("v")', 'F.min("v")')
    planned = set(_reasons(ran))
    told = ran("run", "--all", "--json")
    published = {r["job"] for r in json.loads(told.out) if r["outcome"] == "published"}
    assert planned == published == {"total"}


def _delete(caller: Caller) -> None:
    DeltaTable(caller.project.table("small.good")).delete("sensor = 4 AND day = '2013-01-01'")


def _restore(caller: Caller) -> None:
    DeltaTable(caller.project.table("small.good")).restore(1)


@pytest.mark.parametrize("foreign", [_delete, _restore], ids=["delete", "restore"])
def test_foreign_hand_is_seen_and_mended(ran: Caller, foreign: Callable[[Caller], None]) -> None:
    """After a foreign DELETE or RESTORE the next run says who was changed, and publishes again."""
    ran.project.write_readings(5)
    assert ran("run", "--all").code == 0
    before = DeltaTable(ran.project.table("small.good")).to_pyarrow_table().sort_by("sensor").to_pylist()
    foreign(ran)
    assert "small.good was changed by somebody else" in _reasons(ran)["split"]
    assert ran("run", "--all").code == 0
    after = DeltaTable(ran.project.table("small.good")).to_pyarrow_table().sort_by("sensor").to_pylist()
    assert sorted(map(str, after)) == sorted(map(str, before))
    assert "2 unchanged" in ran("run", "--all").out


def test_status_and_show_tell_the_last_run(ran: Caller) -> None:
    """After a run `status` calls all current, and `show JOB` has its rows, reads and timings."""
    assert "2 of 2 lines current" in ran("status").out
    shown = ran("show", "split").out
    assert "split 2013-01-01/2013-01-03 published" in shown
    assert "why:   never published" in shown
    document = json.loads(ran("show", "total", "--json").out)
    assert document["reads"] == {"small.good": "@1"}
    assert document["intervals"][0]["rows"] == {"small.total": 2}


def test_result_is_where_the_scheduler_said(ran: Caller) -> None:
    """`--run-id` and `--result` fix the id and the place of the result, also for an idle run."""
    place = ran.project.root / "out" / "result.json"
    told = ran("run", "total", "--force", "--run-id", "af_1", "--result", str(place))
    assert told.code == 0, told.err
    result = json.loads(place.read_text())
    assert (result["run_id"], result["outcome"], result["exit_code"]) == ("af_1", "published", 0)
    ran("run", "total", "--run-id", "af_2", "--result", str(place))
    result = json.loads(place.read_text())
    assert (result["run_id"], result["outcome"]) == ("af_2", "unchanged")


def test_failure_blocks_only_what_reads_it(sparkjob: Caller) -> None:
    """A rejected job blocks its reader; a job beside them publishes; the exit code is the rejection's."""
    alone = (sparkjob.project.root / "jobs/total.py").read_text()
    alone = alone.replace("small.good", "source.readings").replace("small.total", "small.alone")
    alone = alone.replace("def total", "def alone").replace("main(total)", "main(alone)")
    alone = alone.replace(
        'Input("source.readings")',
        'Input("source.readings", schema="day DATE NOT NULL, sensor INT NOT NULL, v INT")',
    )
    sparkjob.project.write("jobs/alone.py", alone)
    sparkjob.project.write_readings(99)
    told = sparkjob("run", "--all", "--json")
    outcomes = {record["job"]: record["outcome"] for record in json.loads(told.out)}
    assert outcomes == {"alone": "published", "split": "rejected", "total": "blocked"}
    assert told.code == 65
    assert DeltaTable(sparkjob.project.table("small.alone")).count() == 2


def test_one_bad_day_does_not_hold_back_the_others(sparkjob: Caller) -> None:
    """In a batch the good interval is published and the bad one rejected by itself."""
    sparkjob.project.write_readings(1)
    text = (sparkjob.project.root / ".data/raw/readings.csv").read_text()
    sparkjob.project.write(".data/raw/readings.csv", text.replace("2013-01-02,4,1", "2013-01-02,4,50"))
    told = sparkjob("run", "split", "--json")
    assert told.code == 65
    (record,) = json.loads(told.out)
    assert [part["outcome"] for part in record["intervals"]] == ["published", "rejected"]
    days = {
        str(row["day"])
        for row in DeltaTable(sparkjob.project.table("small.good")).to_pyarrow_table().to_pylist()
    }
    assert days == {"2013-01-01"}
