"""Lineage and alerts of real runs: events to a collector and a file, and what a dead one changes."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.spark.cli.conftest import Caller
from tests.support.receiver import Receiver, receiving
from tests.unit.notify.openlineage_spec import rebuild, without_empties

TOKEN = "key-of-the-collector-5f1c"
LISTENERS = """
on_failure: {{webhook: "{url}/alerts"}}
lineage: {{url: "{url}/api/v1/lineage", token: "${{secret:env:LINEAGE_TOKEN}}", file: .data/events.jsonl}}
"""
BROKEN = '''
    """A job that fails."""

    from framework import Input, Output, job


    @job(inputs={"good": Input("small.good")}, outputs=Output("small.broken", schema="n BIGINT"))
    def broken(good):
        """Raises."""
        raise ValueError("enough")
'''


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A collector, and a webhook."""
    with receiving() as started:
        yield started


def _listening(caller: Caller, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEAGE_TOKEN", TOKEN)
    local = caller.project.root / "configs/local.yml"
    local.write_text(local.read_text() + LISTENERS.format(url=url))
    caller.project.write("jobs/broken.py", BROKEN)


def test_every_run_is_told_from_its_begin_to_its_end(
    sparkjob: Caller, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """START and COMPLETE or FAIL, the same to collector and file; the failure to the webhook, once."""
    _listening(sparkjob, receiver.url, monkeypatch)
    parent = str(uuid4())
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", f"default/nightly.small/{parent}")
    told = sparkjob("run", "--all")
    assert told.code == 70
    got = receiver.all()
    events = [each.json for each in got if each.path == "/api/v1/lineage"]
    assert [(event["job"]["name"], event["eventType"]) for event in events] == [
        ("split", "START"),
        ("split", "COMPLETE"),
        ("broken", "START"),
        ("broken", "FAIL"),
        ("total", "START"),
        ("total", "COMPLETE"),
    ]
    for event in events:
        assert without_empties(rebuild(event)) == without_empties(event)
        assert event["run"]["facets"]["parent"]["run"]["runId"] == parent
    split = events[1]
    good = next(each for each in split["outputs"] if each["name"].endswith("small.good"))
    assert good["outputFacets"]["outputStatistics"]["rowCount"] == 40
    # What one job wrote and another read is the same dataset.
    names = [(each["namespace"], each["name"]) for each in events[5]["inputs"]]
    assert names == [(good["namespace"], good["name"])]
    assert {each.headers["Authorization"] for each in got if "lineage" in each.path} == {f"Bearer {TOKEN}"}
    assert "enough" in events[3]["run"]["facets"]["errorMessage"]["message"]

    lines = (sparkjob.project.root / ".data/events.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == events
    assert TOKEN not in "".join(lines) + told.out + told.err
    [alert] = [each.json for each in got if each.path == "/alerts"]
    assert (alert["job"], alert["outcome"], alert["exit_code"]) == ("broken", "failed", 70)
    assert sparkjob(*alert["next"].split()[1:]).code == 0

    # What is unchanged is no run; what failed is told again.
    assert sparkjob("run", "split", "total").code == 0
    assert receiver.all() == []


def test_a_dead_collector_changes_nothing(sparkjob: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runs end as they would, with a warning for each receiver."""
    _listening(sparkjob, "http://127.0.0.1:1", monkeypatch)
    told = sparkjob("run", "split", "total")
    assert told.code == 0, told.err
    assert "2 published" in told.out
    assert told.err.count("was not told") == 1
    assert "warning: lineage.url was not told: ConnectionRefusedError" in told.err
    assert len((sparkjob.project.root / ".data/events.jsonl").read_text().splitlines()) == 4
