"""Airflow 3 with its scheduler: a task is cleared, a task's process is killed."""

from pathlib import Path

from tests.schedulers.airflow_home import Airflow, until
from tests.schedulers.outcomes.scenarios import LAST, NEW
from tests.schedulers.outcomes.world import DAYS, World, kill, parent, until_gone
from tests.support.project import BASE

DAG = "small_test_nightly"
SCHEDULES = """
    schedules:
      nightly: {cron: "30 2 * * *", timezone: UTC, select: [split, total]}
"""


def tries(airflow: Airflow) -> dict[object, object]:
    """How often each task was started."""
    return dict(airflow.query("SELECT task_id, try_number FROM task_instance"))


def has_succeeded(airflow: Airflow) -> bool:
    """Whether the DAG's one run has; it must not fail."""
    ((state,),) = airflow.query("SELECT state FROM dag_run")
    assert state != "failed", (airflow.home / "standalone.log").read_text()[-5000:]
    return state == "success"


def clear(airflow: Airflow, task: str) -> None:
    """Let that task and what follows run again."""
    # In 3.3 the "regex" is a part of the name.
    airflow.call("tasks", "clear", DAG, "--task-regex", task, "--downstream", "--yes")


def test_cleared_and_killed(tmp_path: Path) -> None:
    """Clearing a task runs it and what follows; one that is killed publishes nothing, its next try does."""
    world = World(tmp_path / "project")
    world.project.write("configs/base.yml", BASE + SCHEDULES)
    world.give(NEW)
    home = tmp_path / "airflow"
    home.mkdir()
    airflow = Airflow("3", home, world.project)
    airflow.export("--env", "test")
    with airflow.standalone():
        until(lambda: airflow.query(f"SELECT 1 FROM dag WHERE dag_id = '{DAG}'"))
        airflow.call("dags", "unpause", DAG)
        airflow.call("dags", "trigger", DAG, "--conf", f'{{"interval": "{DAYS}"}}')
        until(lambda: has_succeeded(airflow))
        assert world.values() == {NEW}
        assert tries(airflow) == {"split": 1, "total": 1}

        clear(airflow, "total")
        until(lambda: has_succeeded(airflow))
        assert tries(airflow) == {"split": 1, "total": 2}

        known = world.outcomes()
        world.give(LAST)
        world.hold_still()
        clear(airflow, "split")
        (driver,) = world.held(1, lambda: not has_succeeded(airflow))
        spark_submit = parent(driver)
        kill(parent(spark_submit))
        world.release()
        until_gone(driver)
        until(lambda: has_succeeded(airflow))
        assert world.outcomes()[len(known) :] == ["retry", "published"]
        assert world.values() == {LAST}
        assert tries(airflow) == {"split": 3, "total": 3}
