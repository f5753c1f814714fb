"""The policy of docs/lineage.md gives exported tasks their parent, where the driver reads it."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from framework.notify.lineage import PARENT, ROOT

PAGE = Path(__file__).parents[3] / "docs" / "lineage.md"


def test_the_page_s_policy_gives_each_kind_of_task_its_parent() -> None:
    """Both variables, in the words of each operator; tasks that are not ours stay as they are."""
    namespace: dict[str, Callable[[SimpleNamespace], None]] = {}
    exec(PAGE.read_text().partition("```python\n")[2].partition("```")[0], namespace)  # the page is ours
    policy = namespace["task_policy"]

    submit = SimpleNamespace(task_type="SparkJob", env_vars=None)
    policy(submit)
    assert set(submit.env_vars) == {PARENT, ROOT}
    assert "lineage_root_parent_id(task_instance)" in submit.env_vars[ROOT]

    words = ["spark-submit", "--deploy-mode", "cluster", "s3://b/job.py", "--job", "total"]
    step = SimpleNamespace(task_type="SparkJob", steps=[{"HadoopJarStep": {"Args": list(words)}}])
    policy(step)
    found = step.steps[0]["HadoopJarStep"]["Args"]
    assert found[5:] == words[1:]
    assert [each.partition("=")[0] for each in found[2:5:2]] == [
        f"spark.yarn.appMasterEnv.{name}" for name in (PARENT, ROOT)
    ]

    driver = {"sparkSubmitParameters": "--conf a=b"}
    policy(SimpleNamespace(task_type="SparkJob", job_driver={"sparkSubmit": driver}))
    for name in (PARENT, ROOT):
        assert (
            f" --conf spark.emr-serverless.driverEnv.{name}={{{{ macros." in driver["sparkSubmitParameters"]
        )

    other = SimpleNamespace(task_type="BashOperator", env_vars=None)
    policy(other)
    assert other.env_vars is None
