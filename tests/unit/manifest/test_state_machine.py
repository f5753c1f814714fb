"""What the exported state machine does when jobs end in each of the ways that they end."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.state_machine import TaskFailedError, execute
from tests.unit.manifest.conftest import Sample
from tests.unit.manifest.sample import HOSTILE, make_hostile
from tests.unit.manifest.test_renderers import STATES, render

CONTEXT = {"Execution": {"Name": "e1", "StartTime": "2024-01-05T02:30:01Z"}}


class World:
    """EMR and S3: each job ends as it is told, one outcome a try, and leaves its result."""

    def __init__(self, **outcomes: list[str]) -> None:
        self.outcomes = outcomes
        self.results: dict[str, str] = {}
        self.started: list[tuple[str, list[str]]] = []

    def __call__(self, resource: str, parameters: Mapping[str, Any]) -> Any:
        """One task."""
        if resource.endswith("s3:getObject"):
            if parameters["Key"] not in self.results:
                raise TaskFailedError("S3.NoSuchKeyException")
            assert parameters["Bucket"] == "lake"
            return {"Body": self.results[parameters["Key"]]}
        assert resource == "arn:aws:states:::elasticmapreduce:addStep.sync"
        assert parameters["ClusterId"] == "j-1"
        words = parameters["Step"]["HadoopJarStep"]["Args"]
        job = parameters["Step"]["Name"]
        self.started.append((job, words))
        told = self.outcomes.get(job, [])
        outcome = told.pop(0) if told else "published"
        if "--result" in words and outcome != "killed":
            key = words[words.index("--result") + 1].removeprefix("s3://lake/")
            self.results[key] = json.dumps({"outcome": outcome})
        if outcome not in ("published", "unchanged"):
            raise TaskFailedError("States.TaskFailed")
        return {}

    @property
    def names(self) -> list[str]:
        """The jobs in the order in which they were started."""
        return [job for job, _ in self.started]


def run(sample: Sample, world: World, given: Mapping[str, str], *, hostile: bool = False) -> tuple[str, Any]:
    """Execute the nightly machine."""
    found = make_hostile(*sample("prod")) if hostile else sample("prod")
    machine = json.loads(render("step-functions", STATES["emr-steps"], found)["shop_prod_nightly.asl.json"])
    return execute(machine, given, world, CONTEXT)


def test_all_is_well(sample: Sample) -> None:
    """Each job runs once, after what it reads, for the tick that started the machine."""
    world = World()
    assert run(sample, world, {"tick": "2024-01-05T02:30:00Z"})[0] == "Succeed"
    assert world.names == ["land_orders", "score", "report"]
    words = dict(world.started)
    assert words["score"] == ["score", "--for", "day=nightly@2024-01-05T02:30:00Z"]
    assert words["report"][-4:] == [
        "--interval",
        "nightly@2024-01-05T02:30:00Z",
        "--result",
        "s3://lake/prod/sparkjob/results/nightly/e1/report/1",
    ]


@pytest.mark.parametrize(
    ("given", "asked"),
    [({"interval": "2024-01"}, "2024-01"), ({}, "nightly@2024-01-05T02:30:01Z")],
)
def test_by_hand(sample: Sample, given: Mapping[str, str], asked: str) -> None:
    """An execution by hand has the interval that it is given, else that of now."""
    world = World()
    assert run(sample, world, given)[0] == "Succeed"
    assert all(asked in " ".join(words) for _, words in world.started)


@pytest.mark.parametrize("outcome", ["rejected", "failed", "misconfigured"])
def test_what_a_retry_does_not_change_is_final(sample: Sample, outcome: str) -> None:
    """One try; what reads from it is blocked and not started; the machine fails and says how each ended."""
    world = World(land_orders=[outcome])
    end, data = run(sample, world, {})
    assert (end, world.names) == ("Fail", ["land_orders"])
    assert [data["wave1"], data["wave2"]] == [{"land_orders": outcome}, {"score": "blocked"}]


@pytest.mark.parametrize("outcome", ["retry", "killed"])
def test_what_a_retry_may_change_is_tried_again(sample: Sample, outcome: str) -> None:
    """A 75, and a run that left no result, are tried again, each try with a place of its own."""
    world = World(land_orders=[outcome])
    assert run(sample, world, {})[0] == "Succeed"
    assert world.names == ["land_orders", "land_orders", "score", "report"]
    assert [words[-1].rpartition("/")[2] for job, words in world.started if job == "land_orders"] == [
        "1",
        "2",
    ]


def test_it_gives_up(sample: Sample) -> None:
    """After the retries that were asked for; the others' outcome is not touched."""
    world = World(report=["retry"] * 9)
    end, data = run(sample, world, {})
    assert (end, world.names.count("report")) == ("Fail", 4)
    assert data["wave3"] == {"report": "retry"}


def test_hostile_texts(sample: Sample) -> None:
    """The words of a step are those that were meant, through the quoting of intrinsic functions."""
    world = World()
    assert run(sample, world, {"interval": HOSTILE}, hostile=True)[0] == "Succeed"
    words = dict(world.started)
    assert words["score"] == ["score", HOSTILE, HOSTILE]
    assert f"spark.x={HOSTILE}" in words["report"]
    assert f"s3://lake/release/jobs/{HOSTILE}.py" in words["report"]
