"""The exported state machine against real runs: EMR's API takes its steps, spark-submit runs them.

States and functions are interpreted as the specification says them (`tests/support/state_machine.py`).
"""

import json
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.schedulers.airflow_home import spark_environment, until
from tests.schedulers.emr_stand_in import StandIn, standing_in
from tests.support.project import BASE, ROOT, SmallProject, make_project
from tests.support.state_machine import TaskFailedError, execute

SCHEDULES = """
    schedules:
      nightly: {cron: "30 2 * * *", timezone: UTC, select: "*"}
"""
DEPLOYED = f"""
    stores:
      lake: {{uri: "s3://lake/data"}}
      raw: {{uri: "s3://lake/raw"}}
    release:
      location: s3://lake/releases
      python: "{sys.version_info[0]}.{sys.version_info[1]}"
      platform: {platform.machine()}
"""
ENDED = ("COMPLETED", "FAILED")
SOURCE = "raw/readings.csv"


class Cloud:
    """The tasks of a state machine, done by the stand-in. `before`: called with the number of each step."""

    def __init__(self, stand_in: StandIn, before: Callable[[int], None] = lambda _: None) -> None:
        self._stand_in, self._before = stand_in, before
        self.steps = 0

    def __call__(self, resource: str, parameters: Mapping[str, Any]) -> Any:
        """One task."""
        if resource.endswith("s3:getObject"):
            try:
                found = self._stand_in.client("s3").get_object(**parameters)
            except ClientError as error:
                raise TaskFailedError(str(error)) from None
            return {"Body": found["Body"].read().decode()}
        assert resource == "arn:aws:states:::elasticmapreduce:addStep.sync"
        self.steps += 1
        self._before(self.steps)
        emr, cluster = self._stand_in.client("emr"), parameters["ClusterId"]
        added = emr.add_job_flow_steps(JobFlowId=cluster, Steps=[parameters["Step"]])
        (step,) = added["StepIds"]

        def state() -> str:
            return str(emr.describe_step(ClusterId=cluster, StepId=step)["Step"]["Status"]["State"])

        until(lambda: state() in ENDED)
        if state() == "FAILED":
            raise TaskFailedError("States.TaskFailed")
        return {}


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """AWS, and a runner."""
    folder = tmp_path_factory.mktemp("aws")
    given = spark_environment(folder, s3=True)
    kept = {name: value for name, value in given.items() if not name.startswith(("PYSPARK", "PYTHON"))}
    base = getattr(sys, "_base_executable", sys.executable)
    with standing_in(folder, {**kept, "SPARKJOB_PYTHON": base}) as found:
        # The drivers find the server as the people do.
        found.spark = {**found.spark, **found.environment}
        yield found


@pytest.fixture(scope="module")
def machine(stand_in: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """The definition for the small project's nightly schedule, whose release is deployed."""
    folder = tmp_path_factory.mktemp("small")
    files = {"configs/base.yml": BASE + SCHEDULES, "configs/far.yml": DEPLOYED}
    project = make_project(folder / "project", files)
    (project.root / "requirements").symlink_to(ROOT / "requirements")
    call(project, stand_in, "deploy", "--env", "far")
    words = ("--env", "far", "--cluster-id", stand_in.new_cluster(), "--retries", "1")
    call(project, stand_in, "export", "step-functions", *words, "-o", str(folder / "out"))
    (file,) = Path(folder / "out").glob("*.asl.json")
    found = json.loads(file.read_text())
    assert isinstance(found, dict)
    return found


def call(project: SmallProject, stand_in: StandIn, *words: str) -> str:
    """`sparkjob WORDS`, which goes well."""
    done = project.call(*words, environment=stand_in.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def bring(stand_in: StandIn, v: int) -> None:
    """The source, every value `v`."""
    rows = [f"2013-01-01,{sensor},{v}" for sensor in range(40)]
    text = "\n".join(["day,sensor,v", *rows, ""])
    stand_in.client("s3").put_object(Bucket="lake", Key=SOURCE, Body=text.encode())


def run(machine: Mapping[str, Any], cloud: Cloud, name: str) -> tuple[str, Any]:
    """Execute the machine for the first of January."""
    context = {"Execution": {"Name": name, "StartTime": "2013-01-02T02:30:01Z"}}
    return execute(machine, {"tick": "2013-01-02T02:30:00Z"}, cloud, context)


def test_what_is_not_there_yet_is_tried_again(stand_in: StandIn, machine: Mapping[str, Any]) -> None:
    """75: the source comes between two tries, the second publishes, and so does what reads from it."""

    def before(step: int) -> None:
        if step == 2:
            bring(stand_in, 5)

    cloud = Cloud(stand_in, before)
    end, data = run(machine, cloud, "waits")
    assert (end, cloud.steps) == ("Succeed", 3), data


def test_what_is_rejected_is_final(stand_in: StandIn, machine: Mapping[str, Any]) -> None:
    """65: one step, the next job is not started, the machine fails and says how each ended."""
    bring(stand_in, 99)
    cloud = Cloud(stand_in)
    end, data = run(machine, cloud, "rejected")
    assert (end, cloud.steps) == ("Fail", 1)
    assert (data["wave1"], data["wave2"]) == ({"split": "rejected"}, {"total": "blocked"})
