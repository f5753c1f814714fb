"""What is exported for each scheduler: as it was, the same every time, whatever the texts hold."""

import ast
import json
import shlex
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
ON_CLUSTER = {name: GIVEN[name] for name in ("root", "archive")} | {"deploy-mode": "cluster"}
AS_STEPS = {name: GIVEN[name] for name in ("root", "archive", "cluster-id")} | {"operator": "emr-steps"}
SERVERLESS = {
    **{name: GIVEN[name] for name in ("root", "archive", "application-id", "execution-role")},
    "operator": "emr-serverless",
}
STATES = {
    "emr-steps": {
        name: text for name, text in GIVEN.items() if name not in ("application-id", "execution-role")
    },
    "emr-serverless": {name: text for name, text in GIVEN.items() if name != "cluster-id"}
    | {"compute": "emr-serverless"},
}
ON_HOST = {"root": "/opt/shop", "submit": "spark-submit", "folder": "", "parallel": "2", "archive": ""}
CASES: dict[str, tuple[str, Mapping[str, str]]] = {
    "airflow": ("airflow", ON_HOST),
    "airflow-2": ("airflow", {**ON_HOST, "airflow": "2.11"}),
    "airflow-cluster": ("airflow", ON_CLUSTER),
    "airflow-emr-steps": ("airflow", AS_STEPS),
    "airflow-emr-serverless": ("airflow", SERVERLESS),
    "cron": ("cron", ON_HOST),
    "emr-steps": ("emr-steps", GIVEN),
    "make": ("make", ON_HOST),
    "step-functions": ("step-functions", STATES["emr-steps"]),
    "step-functions-serverless": ("step-functions", STATES["emr-serverless"]),
}


def render(target: str, given: Mapping[str, str], sample: tuple[Manifest, Deployment]) -> Mapping[str, str]:
    """The texts of `target` with its defaults for what is not given."""
    found = load_target(target)
    settings = {each.name: given.get(each.name, each.default or "") for each in found.settings}
    found.check(settings)
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


@pytest.mark.parametrize("target", ["cron", "emr-steps", "emr-serverless", "make", "step-functions"])
def test_triggers_are_refused_where_nobody_tells(target: str, sample: Sample) -> None:
    """Schedulers that know nothing of datasets refuse such a schedule by its name."""
    with pytest.raises(MisconfiguredError, match=r"schedules\.after"):
        render(target, {**STATES["emr-steps"], **ON_HOST, "root": "s3://b"}, sample("prod", triggered=True))


@pytest.mark.parametrize("target", ["emr-serverless", "step-functions"])
def test_runners_are_refused_where_they_cannot_run(target: str, sample: Sample) -> None:
    """A command on a host is named where there is no host."""
    with pytest.raises(MisconfiguredError, match="score is a command on a host"):
        render(target, STATES["emr-serverless"], sample("prod"))


def test_results_need_a_store_that_both_sides_read(sample: Sample) -> None:
    """Where the exit code is lost, a state on a disk would leave the outcome unknown."""
    with pytest.raises(MisconfiguredError, match="on a disk"):
        render("airflow", AS_STEPS, sample("local"))


def test_a_driver_on_a_worker_needs_the_project_there(sample: Sample) -> None:
    """In client mode a project on S3 would not be found by the job's file."""
    with pytest.raises(MisconfiguredError, match="from a folder there"):
        render("airflow", {"root": GIVEN["root"]}, sample("prod", triggered=True))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"root": "opt/shop"}, "--root opt/shop is no absolute path"),
        ({**ON_HOST, "cluster-id": "j-1"}, "--cluster-id is for --operator emr-steps, not for spark-submit"),
        ({**AS_STEPS, "execution-role": "arn:"}, "--execution-role is for --operator emr-serverless"),
        ({**SERVERLESS, "deploy-mode": "cluster"}, "--deploy-mode is for --operator spark-submit"),
        ({**AS_STEPS, "cluster-id": ""}, "--operator emr-steps needs --cluster-id"),
    ],
)
def test_an_option_of_airflow_is_used_or_refused(given: Mapping[str, str], said: str, sample: Sample) -> None:
    """What an operator would not look at, or what would fail when the DAG is parsed, is said at once."""
    with pytest.raises(MisconfiguredError, match=said):
        render("airflow", given, sample("prod"))


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
