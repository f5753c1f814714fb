"""What AWS gets is what AWS takes: requests, by botocore's models."""

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from tests.unit.manifest.conftest import Sample
from tests.unit.manifest.sample import make_hostile
from tests.unit.manifest.test_renderers import GIVEN, render, without_command


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
    text = render("step-functions", GIVEN, sample("prod"))["shop_prod_weekly.schedule.json"]
    request = json.loads(text)
    assert complaints("scheduler", "CreateSchedule", request) == ""
    assert request["ScheduleExpression"] == "cron(0 3 ? * MON *)"
    assert json.loads(request["Target"]["Input"]) == {"tick": "<aws.scheduler.scheduled-time>"}


@pytest.mark.parametrize("compute", ["emr-steps", "emr-serverless"])
def test_states_lead_to_states(sample: Sample, compute: str) -> None:
    """Each name that a state goes to is there, names are unique in a machine, and none is never reached."""
    found = sample("prod") if compute == "emr-steps" else without_command(sample("prod"))
    for path, text in render("step-functions", {**GIVEN, "compute": compute}, found).items():
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
