"""What AWS gets is what AWS takes: requests, by botocore's models."""

import ast
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.validate import ParamValidator

from framework.errors import MisconfiguredError
from framework.manifest.deployment import Deployment
from framework.manifest.model import ApplicationEntry, EcsEntry, LambdaEntry, Manifest, StartEntry
from tests.unit.manifest.conftest import Sample
from tests.unit.manifest.sample import make_hostile
from tests.unit.manifest.test_renderers import AS_STEPS, GIVEN, SERVERLESS, STATES, render, without_command


def complaints(service: str, operation: str, request: dict[str, Any]) -> str:
    """What botocore's model of the operation says against a request."""
    shape = botocore.session.Session().get_service_model(service).operation_model(operation).input_shape
    return ParamValidator().validate(request, shape).generate_report()


@pytest.mark.parametrize("hostile", [False, True])
def test_steps_are_what_emr_takes(sample: Sample, hostile: bool) -> None:
    """Every file is one request of AddJobFlowSteps."""
    found = make_hostile(*sample("prod")) if hostile else sample("prod")
    texts = render("emr-steps", GIVEN, found)
    assert sorted(texts) == ["shop_prod_nightly.json", "shop_prod_weekly.json"]
    for text in texts.values():
        assert complaints("emr", "AddJobFlowSteps", json.loads(text)) == ""


def test_steps_for_the_command_line(sample: Sample) -> None:
    """`--form cli` is the list that `aws emr add-steps --steps file://` reads, with the same words."""
    request = json.loads(render("emr-steps", GIVEN, sample("prod"))["shop_prod_nightly.json"])
    steps = json.loads(
        render("emr-steps", {**GIVEN, "form": "cli"}, sample("prod"))["shop_prod_nightly.json"]
    )
    assert [step["Args"] for step in steps] == [step["HadoopJarStep"]["Args"] for step in request["Steps"]]
    assert {tuple(step) for step in steps} == {("Type", "Name", "ActionOnFailure", "Jar", "Args")}


def test_runs_are_what_emr_serverless_takes(sample: Sample) -> None:
    """Every file but the graph is one request of StartJobRun; the client makes its token."""
    texts = dict(render("emr-serverless", GIVEN, without_command(sample("prod"))))
    graph = json.loads(texts.pop("shop_prod_nightly/jobs.graph.json"))
    assert graph == {"land_orders": [], "score": ["land_orders"], "report": ["land_orders", "score"]}
    assert json.loads(texts.pop("shop_prod_weekly/jobs.graph.json")) == {"total": []}
    for text in texts.values():
        request = {"clientToken": "t", **json.loads(text)}
        assert complaints("emr-serverless", "StartJobRun", request) == ""
    assert len(texts) == 4


def test_a_schedule_is_what_event_bridge_takes(sample: Sample) -> None:
    """The request of CreateSchedule starts the machine with the time of its tick."""
    text = render("step-functions", STATES["emr-steps"], sample("prod"))["shop_prod_weekly.schedule.json"]
    request = json.loads(text)
    assert complaints("scheduler", "CreateSchedule", request) == ""
    assert request["ScheduleExpression"] == "cron(0 3 ? * MON *)"
    assert json.loads(request["Target"]["Input"]) == {"tick": "<aws.scheduler.scheduled-time>"}


@pytest.mark.parametrize("compute", ["emr-steps", "emr-serverless"])
def test_states_lead_to_states(sample: Sample, compute: str) -> None:
    """Each name that a state goes to is there, names are unique in a machine, and none is never reached."""
    found = sample("prod") if compute == "emr-steps" else without_command(sample("prod"))
    for path, text in render("step-functions", STATES[compute], found).items():
        if path.endswith(".asl.json"):
            names: list[str] = []
            _walk(json.loads(text), names)
            assert len(set(names)) == len(names)
            assert max(map(len, names)) <= 80


def _walk(machine: dict[str, Any], names: list[str]) -> None:
    states = machine["States"]
    names += states
    reached = {machine["StartAt"]}
    for state in states.values():
        found = [state.get("Next"), state.get("Default")]
        found += [each["Next"] for each in (*state.get("Choices", ()), *state.get("Catch", ()))]
        reached |= {each for each in found if each is not None}
        for part in state.get("Branches", ()):
            _walk(part, names)
    assert reached == set(states), reached ^ set(states)


ROLE = "arn:aws:iam::123456789012:role/report"
TASK = EcsEntry(
    cluster="c",
    definition="score:7",
    container="main",
    command=("score", "{interval}"),
    subnets=("subnet-1",),
    security_groups=(),
    public_ip=True,
)


def with_roles(sample: tuple[Manifest, Deployment], *names: str) -> tuple[Manifest, Deployment]:
    """The sample whose jobs of these names have a role."""
    manifest, deployment = sample
    jobs = {
        name: replace(each, role=ROLE if name in names else None) for name, each in deployment.jobs.items()
    }
    return manifest, replace(deployment, jobs=jobs)


def with_start(sample: tuple[Manifest, Deployment], start: StartEntry) -> tuple[Manifest, Deployment]:
    """The sample whose external job is started like this."""
    manifest, deployment = sample
    score = manifest.jobs["score"].model_copy(update={"start": start})
    return manifest.model_copy(update={"jobs": {**manifest.jobs, "score": score}}), deployment


def tasks(machine: Mapping[str, Any], job: str) -> dict[str, Any]:
    """The parameters of the task that runs `job`, and its timeout."""
    parts = (part for state in machine["States"].values() for part in state.get("Branches", ()))
    (state,) = (part["States"][f"{job}: run"] for part in parts if f"{job}: run" in part["States"])
    return {**state["Parameters"], "TimeoutSeconds": state["TimeoutSeconds"]}


def test_a_step_has_its_job_s_role(sample: Sample) -> None:
    """The runtime role is one of a request: another begins another, in the order of the steps."""
    found = with_roles(sample("prod"), "land_orders", "score", "report")
    texts = render("emr-steps", GIVEN, found)
    names = ["shop_prod_nightly.json", "shop_prod_nightly_2.json", "shop_prod_nightly_3.json"]
    requests = [json.loads(texts[name]) for name in names]
    assert [each.get("ExecutionRoleArn") for each in requests] == [ROLE, None, ROLE]
    # A command cannot have one.
    assert [[step["Name"] for step in each["Steps"]] for each in requests] == [
        ["land_orders"],
        ["score"],
        ["report"],
    ]
    assert all(complaints("emr", "AddJobFlowSteps", each) == "" for each in requests)
    with pytest.raises(MisconfiguredError, match="cannot say the role of land_orders, report"):
        render("emr-steps", {**GIVEN, "form": "cli"}, found)


def test_a_serverless_run_has_its_job_s_role(sample: Sample) -> None:
    """Before that of all, which need not be given when every job has one."""
    found = without_command(with_roles(sample("prod"), "report"))
    texts = render("emr-serverless", GIVEN, found)
    roles = {
        name: json.loads(texts[f"shop_prod_nightly/{name}.json"])["executionRoleArn"]
        for name in ("land_orders", "report")
    }
    assert roles == {"land_orders": GIVEN["execution-role"], "report": ROLE}
    without = {**GIVEN, "execution-role": ""}
    with pytest.raises(MisconfiguredError, match="there is none for land_orders, score, total"):
        render("emr-serverless", without, found)
    everyone = without_command(with_roles(sample("prod"), *found[0].jobs))
    assert render("emr-serverless", without, everyone)
    assert render("airflow", {**SERVERLESS, "execution-role": ""}, everyone)


@pytest.mark.parametrize("compute", ["emr-steps", "emr-serverless"])
def test_a_state_has_its_job_s_role_and_timeout(sample: Sample, compute: str) -> None:
    """Both services get the role; EMR Serverless ends a run by itself, in whole minutes."""
    found = without_command(with_roles(sample("prod"), "report"))
    text = render("step-functions", STATES[compute], found)["shop_prod_nightly.asl.json"]
    report, land = (tasks(json.loads(text), name) for name in ("report", "land_orders"))
    general = GIVEN["execution-role"] if compute == "emr-serverless" else None
    assert (report["ExecutionRoleArn"], land.get("ExecutionRoleArn")) == (ROLE, general)
    assert report["TimeoutSeconds"] == 3600
    assert report.get("ExecutionTimeoutMinutes") == (60 if compute == "emr-serverless" else None)


def test_a_task_of_fargate_has_a_network(sample: Sample) -> None:
    """RunTask refuses one without; Airflow and Step Functions ask for the same."""
    network = {"subnets": ["subnet-1"], "securityGroups": [], "assignPublicIp": "ENABLED"}
    found = with_start(sample("prod"), TASK)
    given = arguments(render("airflow", AS_STEPS, found), "EcsRunTaskOperator")
    assert given["network_configuration"] == {"awsvpcConfiguration": network}
    request = {
        "cluster": given["cluster"],
        "taskDefinition": given["task_definition"],
        "launchType": given["launch_type"],
        "overrides": given["overrides"],
        "networkConfiguration": given["network_configuration"],
    }
    assert complaints("ecs", "RunTask", request) == ""
    text = render("step-functions", STATES["emr-steps"], found)["shop_prod_nightly.asl.json"]
    asked = tasks(json.loads(text), "score")["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert asked == {f"{name[0].upper()}{name[1:]}": value for name, value in network.items()}


def test_a_function_is_called_once(sample: Sample) -> None:
    """The client waits as long as a function may take, and does not call again by itself."""
    found = with_start(sample("prod"), LambdaEntry(function="score", payload={"for": "{interval}"}))
    given = arguments(render("airflow", AS_STEPS, found), "LambdaInvokeFunctionOperator")
    config = Config(**given["botocore_config"])
    assert (config.read_timeout, config.retries) == (900, {"max_attempts": 0})
    assert json.loads(given["payload"]) == {"for": "INTERVAL"}


def test_an_application_of_somebody_else_has_a_role(sample: Sample) -> None:
    """Another Spark application is a run or a step like ours."""
    found = with_start(
        with_roles(sample("prod"), "score"),
        ApplicationEntry(application="s3://jars/a.jar", arguments=(), java_class="A"),
    )
    request = json.loads(render("emr-serverless", GIVEN, found)["shop_prod_nightly/score.json"])
    assert request["executionRoleArn"] == ROLE


def arguments(texts: Mapping[str, str], operator: str) -> dict[str, Any]:
    """What the one task of that operator is made with, but for its references to other tasks."""
    (call,) = [
        node
        for node in ast.walk(ast.parse(texts["shop_prod_nightly.py"]))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == operator
    ]
    known = {"INTERVAL": "INTERVAL", "json": json}
    wanted = [
        each for each in call.keywords if each.arg not in ("outlets", "post_execute", "execution_timeout")
    ]
    return {str(each.arg): eval(ast.unparse(each.value), known) for each in wanted}  # the text is ours
