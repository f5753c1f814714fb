"""Every variant of an exported DAG is read by real Airflow as it was meant, whatever the texts hold."""

import json
from pathlib import Path

import pytest

from framework.manifest.files import write_export
from tests.schedulers.airflow_home import Airflow
from tests.support.project import SmallProject
from tests.unit.manifest.sample import build_sample, make_hostile
from tests.unit.manifest.test_renderers import AS_STEPS, ON_CLUSTER, ON_HOST, SERVERLESS, render

VARIANTS = {
    "client": ("local", ON_HOST),
    "cluster": ("prod", ON_CLUSTER),
    "emr-steps": ("prod", AS_STEPS),
    "emr-serverless": ("prod", SERVERLESS),
}
OPERATORS = {"emr-steps": "EmrAddStepsOperator", "emr-serverless": "EmrServerlessStartJobOperator"}


@pytest.mark.parametrize("version", ["3", "2.11"])
@pytest.mark.parametrize("hostile", [False, True])
def test_every_variant_is_read(tmp_path: Path, version: str, hostile: bool) -> None:
    """Tasks, edges, operators, assets and schedules are those of the contracts."""
    for variant, (env, given) in VARIANTS.items():
        sample = build_sample(tmp_path / variant, env, triggered=True)
        texts = render("airflow", {**given, "airflow": version}, make_hostile(*sample) if hostile else sample)
        write_export(tmp_path / "airflow" / variant / "dags", texts, owner="t")
        airflow = Airflow(version, tmp_path / "airflow" / variant, SmallProject(tmp_path))
        found = airflow.look()

        nightly, after = found[f"shop_{env}_nightly"], found[f"shop_{env}_after"]
        assert nightly["schedule"] == ["CronDataIntervalTimetable", "30 2 * * *"], json.dumps(nightly)
        assert "Cron" not in str(after["schedule"])
        assert nightly["catchup"] is False
        tasks = nightly["tasks"]
        assert isinstance(tasks, dict)
        assert {name: task["upstream"] for name, task in tasks.items()} == {
            "land_orders": [],
            "score": ["land_orders"],
            "report": ["land_orders", "score"],
        }
        assert tasks["report"]["operator"] == OPERATORS.get(variant, "SparkSubmitOperator")
        assert tasks["score"]["operator"] == "BashOperator"
        assert {task["retries"] for task in tasks.values()} == {3}
        (outlet,) = tasks["report"]["outlets"]
        assert outlet.endswith("/orders.report")
