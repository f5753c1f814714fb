"""Exported DAGs in real Airflow: they run the jobs, and are retried only where that helps."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import flights_data
from tests.schedulers.airflow_home import VERSIONS, Airflow
from tests.support.project import copy_project

DAG = "small_local_nightly"
TICK = "2013-01-02T02:30:00+00:00"
versions = pytest.mark.parametrize("version", VERSIONS)


@versions
def test_a_dag_publishes_what_a_tick_asks_for(make_airflow: Callable[[str], Airflow], version: str) -> None:
    """`airflow dags test` runs each job once, after what it reads, for the day before the tick."""
    airflow = make_airflow(version)
    airflow.export()
    airflow.call("db", "migrate")

    airflow.call("dags", "test", DAG, TICK)

    shown = airflow.project.call("status", "split", "--interval", "2013-01-01/2013-01-03").stdout
    days = [line for line in shown.splitlines() if "2013-01-0" in line]
    assert ["never published" in line for line in days] == [False, True], shown
    assert airflow.project.table("small.total").is_dir()
    if version == "3":  # 2.11 keeps no events of `dags test`
        events = airflow.query("SELECT source_task_id, extra FROM asset_event")
        assert {task for task, _ in events} == {"split", "total"}
        # What a DAG that these datasets trigger takes over. Airflow gives a run by hand the last whole
        # data interval, which ends at the tick.
        told = {json.loads(str(extra))["interval"] for _, extra in events}
        assert told == {f"nightly@{TICK}"}


@versions
def test_rejected_data_is_not_tried_again(make_airflow: Callable[[str], Airflow], version: str) -> None:
    """Exit code 65 fails the task at its first try, what reads it is not started, nothing is published."""
    airflow = make_airflow(version)
    airflow.project.write_readings(99)
    airflow.export()
    airflow.call("db", "migrate")

    with airflow.start("dags", "test", DAG, TICK) as process:
        out, _ = process.communicate(timeout=600)

    assert "rejected (exit code 65)" in out, out
    states = airflow.query("SELECT task_id, state FROM task_instance ORDER BY task_id")
    assert states == [("split", "failed"), ("total", "upstream_failed")]
    records = list((airflow.project.root / ".data/sparkjob/runs/split").iterdir())
    assert len(records) == 1, [record.name for record in records]


@versions
def test_what_was_not_ready_is_tried_again(make_airflow: Callable[[str], Airflow], version: str) -> None:
    """Exit code 75 is tried again; what came meanwhile is then published, and the DAG goes on."""
    airflow = make_airflow(version)
    readings = airflow.project.root / ".data/raw/readings.csv"
    text = readings.read_text()
    readings.unlink()
    airflow.export()
    airflow.call("db", "migrate")

    records = airflow.project.root / ".data/sparkjob/runs/split"
    said = []
    with airflow.start("dags", "test", DAG, TICK) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if "Error code is: 75" in line and not readings.exists():
                readings.write_text(text)

    assert airflow.project.table("small.total").is_dir(), "".join(said)
    assert any("Error code is: 75" in line for line in said)
    # A run that waits for its input has begun nothing, and leaves no record.
    outcomes = [json.loads(path.read_text())["outcome"] for path in sorted(records.iterdir())]
    assert outcomes == ["published"]


def test_the_example_s_dag_runs_all_its_jobs(tmp_path: Path) -> None:
    """Each job of the flights project succeeds at its first try, and then nothing is left to run."""
    project, home = copy_project(tmp_path / "flights"), tmp_path / "airflow"
    flights_data.main(project.root / ".data" / "raw")
    home.mkdir()
    airflow = Airflow("3", home, project)
    airflow.export()
    airflow.call("db", "migrate")

    airflow.call("dags", "test", "--conf", '{"interval": "2013-01"}', "flights_local_nightly", TICK)

    ended = airflow.query("SELECT state, try_number, count(*) FROM task_instance GROUP BY state, try_number")
    planned = project.call("plan", "--interval", "2013-01").stdout
    assert ended == [("success", 1, 8)], planned
    assert planned.splitlines() == ["  8 unchanged"]
