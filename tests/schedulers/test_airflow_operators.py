"""`framework.airflow` in hand-written DAGs of real Airflow 3: outcomes, checks in the log, the link."""

from collections.abc import Callable

import pytest

from tests.s3.serving import S3
from tests.schedulers.airflow_home import Airflow

TICK = "2013-01-02T02:30:00+00:00"
DAG = '''
"""Two jobs, one by the operator, one by a command that loses the exit code."""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

from framework.airflow.operators import SparkJobOperator
from framework.airflow.retries import OutcomeRetryPolicy

RESULT = "{results}/{{{{ ti.task_id }}}}/{{{{ ti.try_number }}}}"

with DAG("by_hand", schedule=None, default_args={{"retries": 2, "retry_delay": timedelta(seconds=1)}}):
    split = SparkJobOperator(
        task_id="split",
        job="split",
        env="local",
        interval="2013-01-01",
        application="{root}/jobs/split.py",
        result=RESULT,
    )
    total = BashOperator(
        task_id="total",
        bash_command="spark-submit {root}/jobs/total.py --job total --result " + RESULT + " || exit 1",
        retry_policy=OutcomeRetryPolicy(RESULT),
    )
    split >> total
'''


@pytest.fixture
def results(s3: S3) -> str:
    """Where runs leave their results."""
    return f"{s3.new_bucket().uri}/results"


@pytest.fixture
def airflow(make_airflow: Callable[[str], Airflow], s3: S3, results: str) -> Airflow:
    """Airflow 3 with the hand-written DAG, which finds the S3 server as the jobs do."""
    airflow = make_airflow("3")
    airflow.settings.update(s3.environment)
    (airflow.home / "dags").mkdir()
    (airflow.home / "dags" / "by_hand.py").write_text(DAG.format(results=results, root=airflow.project.root))
    airflow.call("db", "migrate")
    return airflow


def test_checks_are_in_the_log_and_the_result_is_linked(airflow: Airflow, results: str) -> None:
    """A published run tells its verdicts where spark-submit does not, and has a button for its result."""
    out = airflow.call("dags", "test", "by_hand", TICK)

    assert "split 2013-01-01 published · 1 interval published" in out, out
    links = airflow.query("SELECT task_id, value FROM xcom WHERE key = '_link_ResultLink'")
    bucket = results.split("/")[2]
    console = f"https://s3.console.aws.amazon.com/s3/object/{bucket}?prefix=results/split/1"
    assert links == [("split", f'"{console}"')]


def test_a_rejected_run_is_not_tried_again(airflow: Airflow, results: str) -> None:
    """By its result, whose broken rule is in the task's log."""
    airflow.project.write_readings(99)

    out = _test(airflow)

    assert _states(airflow) == [("split", "failed", 1), ("total", "upstream_failed", 0)], out
    assert f"rejected: {results}/split/1" in out
    assert "verdicts passed" in out


def test_a_policy_knows_what_an_exit_code_does_not_say(airflow: Airflow, results: str) -> None:
    """A command that ends with 1 whatever its job did: the result says that the job failed by itself."""
    total = airflow.project.root / "jobs" / "total.py"
    total.write_text(total.read_text().replace("return good", "raise ValueError(good)  #"))

    out = _test(airflow)

    assert _states(airflow) == [("split", "success", 1), ("total", "failed", 1)], out
    assert f"failed: {results}/total/1" in out


def test_a_run_that_cannot_begin_is_not_tried_again(airflow: Airflow) -> None:
    """A configuration that cannot be read leaves no result: the operator goes by the exit code, 64."""
    (airflow.project.root / "configs" / "base.yml").write_text("nonsense: [")

    with airflow.start("tasks", "test", "by_hand", "split", TICK) as process:
        out, _ = process.communicate(timeout=600)

    assert "no result at" in out, out
    assert "AirflowFailException: misconfigured" in out, out


def _test(airflow: Airflow) -> str:
    with airflow.start("dags", "test", "by_hand", TICK) as process:
        out, _ = process.communicate(timeout=600)
    return out


def _states(airflow: Airflow) -> list[tuple[object, ...]]:
    return airflow.query("SELECT task_id, state, try_number FROM task_instance ORDER BY task_id")
