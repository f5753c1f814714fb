"""What is exported for each scheduler: as it was, the same every time, whatever the texts hold."""

import ast
import json
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest

from framework.errors import MisconfiguredError
from framework.manifest.deployment import Deployment
from framework.manifest.model import Manifest
from framework.manifest.renderers.registry import TARGETS, load_target
from framework.manifest.renderers.target import Target
from tests.support.golden import compare
from tests.unit.manifest.conftest import Sample
from tests.unit.manifest.sample import HOSTILE, make_hostile

GOLDEN = Path(__file__).parent / "golden"
GIVEN = {
    "root": "s3://lake/release",
    "archive": "s3://lake/env.tar.gz",
    "cluster-id": "j-1",
    "application-id": "00f1",
    "execution-role": "arn:aws:iam::1:role/jobs",
    "state-machines": "arn:aws:states:eu-west-1:1:stateMachine",
    "scheduler-role": "arn:aws:iam::1:role/start",
}
ON_HOST = {"root": "/opt/shop", "submit": "spark-submit", "folder": "", "parallel": "2", "archive": ""}
CASES: dict[str, tuple[str, Mapping[str, str]]] = {
    "airflow": ("airflow", ON_HOST),
    "airflow-2": ("airflow", {**ON_HOST, "airflow": "2.11"}),
    "airflow-cluster": ("airflow", {**GIVEN, "deploy-mode": "cluster"}),
    "airflow-emr-steps": ("airflow", {**GIVEN, "operator": "emr-steps"}),
    "airflow-emr-serverless": ("airflow", {**GIVEN, "operator": "emr-serverless"}),
    "cron": ("cron", ON_HOST),
    "emr-steps": ("emr-steps", GIVEN),
    "make": ("make", ON_HOST),
    "step-functions": ("step-functions", GIVEN),
    "step-functions-serverless": ("step-functions", {**GIVEN, "compute": "emr-serverless"}),
}


def render(target: str, given: Mapping[str, str], sample: tuple[Manifest, Deployment]) -> Mapping[str, str]:
    """The texts of `target` with its defaults for what is not given."""
    found = load_target(target)
    settings = {each.name: given.get(each.name, each.default or "") for each in found.settings}
    return found.render(*sample, settings)


def without_command(sample: tuple[Manifest, Deployment]) -> tuple[Manifest, Deployment]:
    """The sample without the command on a host, for those that have no host."""
    manifest, deployment = sample
    jobs = {
        name: job.model_copy(update={"start": None, "kind": "python"}) for name, job in manifest.jobs.items()
    }
    return manifest.model_copy(update={"jobs": jobs}), deployment


def sample_of(case: str, sample: Sample, place: str = "here") -> tuple[Manifest, Deployment]:
    """The sample for a case: triggered where the scheduler can, without a host where there is none."""
    local = case in {"airflow", "airflow-2", "cron", "make"}
    found = sample("local" if local else "prod", triggered=case.startswith("airflow"), place=place)
    return without_command(found) if "serverless" in case and "airflow" not in case else found


@pytest.mark.parametrize("case", CASES)
def test_exports_are_what_they_were(case: str, sample: Sample) -> None:
    """A change of what schedulers get is seen in a review; equal arguments give equal bytes."""
    target, given = CASES[case]
    texts = render(target, given, sample_of(case, sample))
    again = render(target, given, sample_of(case, sample, "elsewhere"))
    assert texts == again
    shown = "".join(f"=== {path}\n{texts[path]}" for path in sorted(texts))
    assert "elsewhere0" not in shown
    compare(GOLDEN / f"export-{case}.txt", shown)


def test_every_target_is_there() -> None:
    """What `export --help` lists can be loaded, and has a module of its own."""
    assert {target for target, _ in CASES.values()} | {"emr-serverless"} == set(TARGETS)
    for name in TARGETS:
        assert load_target(name).settings


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith("airflow")])
def test_hostile_texts_in_a_dag(case: str, sample: Sample) -> None:
    """A DAG file is Python whatever a text holds, and Airflow's templates give the text back."""
    target, given = CASES[case]
    hostile = make_hostile(*sample_of(case, sample))
    for text in render(target, {**given, "archive": ""}, hostile).values():
        constants = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
        texts = {each for each in constants if isinstance(each, str)}
        assert HOSTILE in texts
        environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
        rendered = {environment.from_string(each).render() for each in texts if "\\x7b" in each}
        assert f"jobs/{HOSTILE}.py" in rendered
        assert HOSTILE in rendered


def test_a_triggered_run_has_the_intervals_of_what_triggered_it(sample: Sample) -> None:
    """Each interval once, joined as `--interval` reads them; what a person gives goes before."""
    text = render("airflow", ON_HOST, sample("local", triggered=True))["shop_local_after.py"]
    (template,) = [
        node.value.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Assign)
        and getattr(node.targets[0], "id", "") == "INTERVAL"
        and isinstance(node.value, ast.Constant)
    ]
    found = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(str(template))
    event = [SimpleNamespace(extra={"interval": each}) for each in ("nightly@a", "2024-01", "nightly@a")]
    events = {"asset": event[:2], "other": event[2:]}
    assert found.render(params={"interval": None}, triggering_asset_events=events) == "nightly@a,2024-01"
    assert found.render(params={"interval": "2024"}, triggering_asset_events={}) == "2024"


def test_hostile_texts_in_requests(sample: Sample) -> None:
    """The words that EMR gets are the words that were meant; serverless parameters part as a shell's."""
    manifest, deployment = make_hostile(*sample("prod"))
    (steps,) = [
        json.loads(text)["Steps"]
        for path, text in render("emr-steps", GIVEN, (manifest, deployment)).items()
        if "nightly" in path
    ]
    words = {step["Name"]: step["HadoopJarStep"]["Args"] for step in steps}
    assert f"spark.x={HOSTILE}" in words["report"]
    assert f"s3://lake/release/jobs/{HOSTILE}.py" in words["report"]
    assert words["score"] == ["score", HOSTILE, "nightly@now"]
    texts = render("emr-serverless", {**GIVEN, "archive": ""}, without_command((manifest, deployment)))
    driver = json.loads(texts["shop_prod_nightly/report.json"])["jobDriver"]["sparkSubmit"]
    assert shlex.split(driver["sparkSubmitParameters"]) == ["--conf", f"spark.x={HOSTILE}"]


def test_a_makefile_runs_the_graph(sample: Sample, tmp_path: Path) -> None:
    """`make` starts each job after what it reads, with its very words; 75 alone is tried again."""
    manifest, deployment = make_hostile(*sample("local"))
    log = tmp_path / "log"
    submit = tmp_path / "submit"
    # Everything is written down; land_orders is tried again once, the total is rejected.
    submit.write_text(
        f"#!/bin/sh\nprintf '%s\\0' \"$0\" \"$@\" >>'{log}'; printf '\\n' >>'{log}'\n"
        f"case \"$*\" in *land_orders*) [ -e '{log}.first' ] || {{ : >'{log}.first'; exit 75; }} ;; esac\n"
        'case "$*" in *total*) exit 65 ;; esac\n'
    )
    submit.chmod(0o755)
    (tmp_path / "score").symlink_to(submit)
    given = {**ON_HOST, "submit": str(submit), "root": str(tmp_path)}
    ((name, text),) = render("make", given, (manifest, deployment)).items()
    (tmp_path / name).write_text(text)

    done = subprocess.run(
        ["make", "-k", "-f", name, "nightly.schedule", "weekly.schedule", "PAUSE=0"],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    calls = [line.split("\0")[:-1] for line in log.read_text().splitlines()]
    assert done.returncode == 2
    assert "Error 65" in done.stderr
    started = [next((w for w in call if w in manifest.jobs), call[0].rpartition("/")[2]) for call in calls]
    assert started == ["land_orders", "land_orders", "score", "report", "total"]
    for call in calls:
        if "score" not in call[0]:
            job = call[call.index("--job") + 1]
            asked = f"{'weekly' if job == 'total' else 'nightly'}@now"
            words = ["--job", job, "--env", "local", "--interval", asked]
            assert call[1:] == ["--conf", f"spark.x={HOSTILE}", f"{tmp_path}/jobs/{HOSTILE}.py", *words]
    assert calls[2][1:] == [HOSTILE, "nightly@now"]


def test_a_makefile_runs_one_job_for_an_interval(sample: Sample, tmp_path: Path) -> None:
    """What a person asks for reaches the job as one word, whatever it is."""
    manifest, deployment = sample("local")
    ((name, text),) = render("make", {**ON_HOST, "submit": "printf '%s|' "}, (manifest, deployment)).items()
    (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["make", "-s", "-f", name, "land_orders"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "INTERVAL": "a'; touch b \"c"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("--interval|a'; touch b \"c|")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("target", ["cron", "emr-steps", "emr-serverless", "make", "step-functions"])
def test_triggers_are_refused_where_nobody_tells(target: str, sample: Sample) -> None:
    """Schedulers that know nothing of datasets refuse such a schedule by its name."""
    with pytest.raises(MisconfiguredError, match=r"schedules\.after"):
        render(target, {**GIVEN, **ON_HOST, "root": "s3://b"}, sample("prod", triggered=True))


@pytest.mark.parametrize("target", ["emr-serverless", "step-functions"])
def test_runners_are_refused_where_they_cannot_run(target: str, sample: Sample) -> None:
    """A command on a host is named where there is no host."""
    with pytest.raises(MisconfiguredError, match="score is a command on a host"):
        render(target, {**GIVEN, "compute": "emr-serverless"}, sample("prod"))


def test_results_need_a_store_that_both_sides_read(sample: Sample) -> None:
    """Where the exit code is lost, a state on a disk would leave the outcome unknown."""
    with pytest.raises(MisconfiguredError, match="on a disk"):
        render("airflow", {**GIVEN, "operator": "emr-steps"}, sample("local"))


def test_a_driver_on_a_worker_needs_the_project_there(sample: Sample) -> None:
    """In client mode a project on S3 would not be found by the job's file."""
    with pytest.raises(MisconfiguredError, match="no project at s3://lake/release"):
        render("airflow", GIVEN, sample("prod", triggered=True))


def test_the_page_s_example_is_a_target(sample: Sample) -> None:
    """What docs/add-a-scheduler.md shows renders the sample, with names and texts that Argo takes."""
    page = (Path(__file__).parents[3] / "docs" / "add-a-scheduler.md").read_text()
    namespace: dict[str, Target] = {}
    exec(page.partition("```python\n")[2].partition("```")[0], namespace)  # the page is ours
    settings = {"root": "/opt/shop", "image": "shop:1"}
    texts = namespace["TARGET"].render(*sample("prod"), settings)
    graph, *runs = json.loads(texts["shop-prod-nightly.json"])["spec"]["workflowSpec"]["templates"]
    assert graph["dag"]["tasks"][2] == {
        "name": "report",
        "template": "run-report",
        "dependencies": ["land-orders", "score"],
    }
    words = {run["name"]: run["container"]["command"] for run in runs}
    tick = "nightly@{{workflow.scheduledTime}}"
    assert words["run-score"] == ["score", "--for", f"day={tick}"]
    assert words["run-land-orders"][-2:] == ["--interval", tick]
    assert "/opt/shop/jobs/orders.py" in words["run-land-orders"]
    with pytest.raises(MisconfiguredError, match="Argo would take"):
        namespace["TARGET"].render(*make_hostile(*sample("prod")), settings)
