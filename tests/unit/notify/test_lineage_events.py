"""OpenLineage events: by the specification, and with what a run read, made and checked."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from framework.checks.verdict import Verdict
from framework.cli.workspace import Workspace, load_workspace
from framework.contract import expect
from framework.environment.connection import Connection
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.errors import Fault
from framework.interval import Interval, parse_interval
from framework.notify.events import Began, Parent, Source, build_end, build_start, dataset_name, parse_parent
from framework.outcome import Outcome
from framework.record.record import IntervalRecord, RunRecord, Written
from tests.support.calling import calling
from tests.unit.notify.openlineage_spec import rebuild, without_empties

MOMENT = datetime(2013, 1, 3, 4, 5, 6, 789000, UTC)
DAYS = parse_interval("2013-01-01/2013-01-03")
TASK = Parent(namespace="default", job="nightly.split", run=str(uuid4()))
DAG = Parent(namespace="default", job="nightly", run=str(uuid4()))


@pytest.fixture
def workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Workspace]:
    """The small project."""
    with calling(tmp_path / "project", monkeypatch, capsys):
        yield load_workspace("local")


def _events(workspace: Workspace, outcome: Outcome, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """START and the end of a run of `split` over two days."""
    source = Source(project=workspace.project, environment=workspace.environment, namespace="small")
    job = replace(workspace.project.jobs["split"], owner="team:ops")
    days: Interval = DAYS
    began = Began(job=job, interval=days, run_id="one", started=MOMENT, **changes)
    rule = job.outputs["good"].expectations[0]
    on_input = expect.column_values_to_not_be_null("sensor", severity="warning")
    record = RunRecord(
        run_id="one",
        invocation="i",
        environment="local",
        job="split",
        interval=days,
        outcome=outcome,
        started=MOMENT,
        ended=MOMENT,
        intervals=(
            IntervalRecord(interval=days, outcome=outcome, rows={"small.good": 3}),
            IntervalRecord(interval=days, outcome=outcome, rows={"small.good": 4}),
        ),
        verdicts=(
            Verdict(dataset="small.good", expectation=rule, interval=days, state="fail", observed=471199),
            Verdict(
                dataset="source.readings", expectation=on_input, interval=days, state="pass", is_input=True
            ),
        ),
        timings={"stage": 1.0},
        reads={"source.readings": "1 file"},
        written={"small.good": Written(files=2, size=100)},
        faults=(Fault(what="a column is missing"),),
        versions={"spark": "4.0.2"},
    )
    return build_start(source, began), build_end(source, began, record)


@pytest.mark.parametrize("outcome", [Outcome.PUBLISHED, Outcome.REJECTED])
@pytest.mark.parametrize("changes", [{}, {"parent": TASK}, {"parent": TASK, "root": DAG}])
def test_events_follow_the_specification(
    workspace: Workspace, outcome: Outcome, changes: Mapping[str, Any]
) -> None:
    """Built again by the classes of the specification they are the same, field by field."""
    for event in _events(workspace, outcome, **changes):
        assert without_empties(rebuild(event)) == without_empties(event)


def test_the_check_notices_what_is_wrong(workspace: Workspace) -> None:
    """A check that takes everything shows nothing."""
    start, end = _events(workspace, Outcome.PUBLISHED)
    wrongs: list[dict[str, Any]] = [
        {**start, "extra": 1},
        {**start, "eventTime": "yesterday"},
        {**start, "run": {**start["run"], "runId": "one"}},
        {**start, "job": {"namespace": "small"}},
        {**end, "outputs": [{**end["outputs"][0], "outputFacets": {"outputStatistics": {"rows": 1}}}]},
    ]
    for wrong in wrongs:
        with pytest.raises((AssertionError, ValueError, TypeError, KeyError)):
            assert without_empties(rebuild(wrong)) == without_empties(wrong)


def test_what_a_run_made_is_told(workspace: Workspace) -> None:
    """Rows, bytes and files, columns, checks by column, versions that were read; one run, two events."""
    start, end = _events(workspace, Outcome.PUBLISHED)
    assert (start["eventType"], end["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == end["run"]["runId"] == str(UUID(start["run"]["runId"]))
    times = end["run"]["facets"]["nominalTime"]
    assert (times["nominalStartTime"], times["nominalEndTime"]) == (
        "2013-01-01T00:00:00.000Z",
        "2013-01-03T00:00:00.000Z",
    )
    good = next(each for each in end["outputs"] if each["name"].endswith("small.good"))
    statistics = good["outputFacets"]["outputStatistics"]
    assert (statistics["rowCount"], statistics["size"], statistics["fileCount"]) == (7, 100, 2)
    assert [(f["name"], f["type"]) for f in good["facets"]["schema"]["fields"]] == [
        ("day", "date"),
        ("sensor", "int"),
        ("v", "int"),
    ]
    [check] = good["facets"]["dataQualityAssertions"]["assertions"]
    assert (check["assertion"], check["column"], check["success"], check["severity"]) == (
        "column_values_to_be_between",
        "v",
        False,
        "error",
    )
    [read] = end["inputs"]
    assert read["facets"]["version"]["datasetVersion"] == "1 file"
    assert read["inputFacets"]["dataQualityAssertions"]["assertions"][0]["severity"] == "warn"
    assert "471199" not in json.dumps(end)
    assert not start["outputs"][0]["outputFacets"]


def test_a_failure_says_why_and_claims_no_rows(workspace: Workspace) -> None:
    """FAIL with the outcome and the reason; nothing was written for readers."""
    _, end = _events(workspace, Outcome.REJECTED)
    assert end["eventType"] == "FAIL"
    assert end["run"]["facets"]["errorMessage"]["message"].startswith("rejected: a column is missing; 1 of 2")
    assert all(not each["outputFacets"] for each in end["outputs"])


def test_the_scheduler_s_run_is_the_parent(workspace: Workspace) -> None:
    """As its environment variables say it; what is no such text is none."""
    assert parse_parent(f"default/nightly.split/{TASK.run}") == TASK
    assert parse_parent(f"airflow://host/x/nightly/{DAG.run}") == replace(DAG, namespace="airflow://host/x")
    for wrong in ("", "a/b", "a/b/c", f"/b/{DAG.run}", DAG.run):
        assert parse_parent(wrong) is None
    start, _ = _events(workspace, Outcome.PUBLISHED, parent=TASK, root=DAG)
    parent = start["run"]["facets"]["parent"]
    assert parent["run"]["runId"] == TASK.run
    assert parent["root"]["job"]["name"] == "nightly"


@pytest.mark.parametrize(
    ("uri", "connection", "named"),
    [
        ("s3://lake/prod/flights.raw", None, ("s3://lake", "prod/flights.raw")),
        ("s3://lake", None, ("s3://lake", "/")),
        ("/data/flights.raw", None, ("file", "/data/flights.raw")),
        (
            "redshift://dwh/public.t",
            Connection(name="dwh", database="prod", host="c1.x7.eu-west-1.redshift.amazonaws.com"),
            ("redshift://c1.eu-west-1:5439", "prod.public.t"),
        ),
        (
            "redshift://dwh/public.t",
            Connection(name="dwh", database="prod", workgroup="w", region="eu-west-1"),
            ("redshift://w.eu-west-1:5439", "prod.public.t"),
        ),
    ],
)
def test_datasets_have_the_names_that_others_give_them(
    uri: str, connection: Connection | None, named: tuple[str, str]
) -> None:
    """So that lineage of Spark, dbt or Airflow on the same tables meets ours."""
    binding = Binding(
        dataset="flights.raw",
        format="delta" if connection is None else "redshift",
        location=Location(uri=uri),
        database=connection,
    )
    assert dataset_name(binding) == named
