"""Airflow 3 with its scheduler: a task is cleared, a task's process is killed."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.schedulers.airflow_home import Airflow, until
from tests.support.project import SmallProject

DAG = "small_local_nightly"
RUN = "by_hand"


def outcomes(project: SmallProject, job: str) -> list[str]:
    """Of all runs of a job, in their order."""
    folder = project.root / ".data/sparkjob/runs" / job
    return [json.loads(path.read_text())["outcome"] for path in sorted(folder.glob("*.json"))]


def generations(project: SmallProject, dataset: str) -> int:
    """How many a dataset has had."""
    told = project.call("history", f"dataset:{dataset}", "--json")
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    return sum(len(each["generations"]) for each in found["intervals"])


def has_ended(airflow: Airflow) -> bool:
    """Whether the DAG's run that was started by hand has succeeded; it must not fail."""
    (state,) = airflow.query(f"SELECT state FROM dag_run WHERE run_id = '{RUN}'")[0]
    assert state != "failed", (airflow.home / "standalone.log").read_text()[-5000:]
    return state == "success"


def clear(airflow: Airflow, task: str) -> None:
    """That task and what follows are to run again."""
    days = ("-s", "2013-01-01", "-e", "2013-01-03")
    airflow.call("tasks", "clear", DAG, "-t", f"^{task}$", "--downstream", "--yes", *days)


def spark_submits(project: SmallProject) -> list[int]:
    """Processes of spark-submit that run a job of the project."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0") if folder.name.isdigit() else []
        except OSError:
            continue
        if "org.apache.spark.deploy.SparkSubmit" in words and any(str(project.root) in w for w in words):
            found.append(int(folder.name))
    return found


def parent_of(process: int) -> int:
    """Who started it."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def test_cleared_and_killed(make_airflow: Callable[[str], Airflow]) -> None:
    """Clearing a task runs it and what follows; one that is killed publishes nothing, its next try does."""
    airflow = make_airflow("3")
    project = airflow.project
    airflow.export()
    with airflow.standalone():
        until(lambda: airflow.query(f"SELECT 1 FROM dag WHERE dag_id = '{DAG}'"))
        airflow.call("dags", "trigger", DAG, "--run-id", RUN, "--logical-date", "2013-01-02T02:30:00+00:00")
        airflow.call("dags", "unpause", DAG)
        until(lambda: has_ended(airflow))
        first = outcomes(project, "split"), outcomes(project, "total")
        assert "published" in first[0]
        assert "published" in first[1]

        clear(airflow, "total")
        until(lambda: len(outcomes(project, "total")) > len(first[1]) and has_ended(airflow))
        assert outcomes(project, "split") == first[0]
        assert outcomes(project, "total")[-1] == "unchanged"

        before = generations(project, "small.good")
        project.write_readings(7)
        clear(airflow, "split")
        until(lambda: spark_submits(project))
        (orphan,) = spark_submits(project)
        os.kill(parent_of(orphan), signal.SIGKILL)
        until(lambda: "published" in outcomes(project, "split")[len(first[0]) :] and has_ended(airflow))
        until(lambda: not spark_submits(project))
        after = outcomes(project, "split")[len(first[0]) :]
        assert after.count("published") == 1
        assert set(after) <= {"published", "retry"}
        assert generations(project, "small.good") == before + 1
