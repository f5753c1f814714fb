"""A run that failed is told to people: what, why, and the next command."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.calling import Caller, calling
from tests.support.receiver import Receiver, receiving

SECRET = "path-that-nobody-may-know"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook."""
    with receiving() as started:
        yield started


@pytest.fixture
def sparkjob(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Caller]:
    """The small project, whose failures go to the webhook; its address is a secret."""
    monkeypatch.setenv("ALERTS", f"{receiver.url}/{SECRET}")
    with calling(tmp_path / "project", monkeypatch, capsys) as caller:
        local = caller.project.root / "configs/local.yml"
        local.write_text(f'{local.read_text()}on_failure: {{webhook: "${{secret:env:ALERTS}}"}}\n')
        yield caller


def test_a_failure_is_told_with_its_reason_and_what_to_do(sparkjob: Caller, receiver: Receiver) -> None:
    """Once, as JSON with a line of text for chats; the run's own end is what it was."""
    told = sparkjob("run", "total")
    assert told.code == 75
    [got] = receiver.all()
    assert got.path == f"/{SECRET}"
    alert = got.json
    assert {
        key: alert[key] for key in ("version", "project", "environment", "job", "interval", "outcome")
    } == {
        "version": 1,
        "project": "small",
        "environment": "local",
        "job": "total",
        "interval": "whole",
        "outcome": "retry",
    }
    assert alert["exit_code"] == 75
    assert "small.good" in alert["reason"]
    assert alert["next"] == "sparkjob plan total"
    assert alert["text"] == f"small local: total retry: {alert['reason']}"
    assert SECRET not in told.out + told.err
    assert SECRET not in sparkjob("config").out


@pytest.mark.parametrize("dead", ["refuses", "not there", "not set"])
def test_a_dead_hook_changes_nothing_but_a_warning(
    sparkjob: Caller, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, dead: str
) -> None:
    """The same output and exit code, and one line on stderr without the address."""
    alive = sparkjob("run", "total")
    if dead == "refuses":
        receiver.status = 500
    elif dead == "not there":
        monkeypatch.setenv("ALERTS", f"http://127.0.0.1:1/{SECRET}")
    else:
        monkeypatch.delenv("ALERTS")
    told = sparkjob("run", "total")
    assert told.code == alive.code
    assert told.out.splitlines()[:-1] == alive.out.splitlines()[:-1]
    extra = set(told.err.splitlines()) - set(alive.err.splitlines())
    assert len(extra) == 1
    assert next(iter(extra)).startswith("warning: on_failure.webhook was not told: ")
    assert SECRET not in told.out + told.err


def test_a_project_that_says_nobody_sends_nothing(sparkjob: Caller, receiver: Receiver) -> None:
    """Silence is the default."""
    local = sparkjob.project.root / "configs/local.yml"
    local.write_text("".join(line for line in local.open() if not line.startswith("on_failure")))
    assert sparkjob("run", "total").code == 75
    assert receiver.all() == []


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("on_failure: {}", "on_failure: says nobody"),
        ("on_failure: {webhook: ftp://host}", "on_failure.webhook is no address"),
        ("on_failure: {topic: alerts}", "on_failure.topic is no ARN of a topic"),
        ("lineage: {}", "lineage: says no place"),
        ("lineage: {url: collector}", "lineage.url is no address"),
        ("lineage: {url: 'https://user:word@host/'}", "lineage.url is no address"),
        ("lineage: {url: 'https://host', token: word}", "lineage.token must be one reference to a secret"),
        ("lineage: {file: 's3://bucket/events'}", "lineage.file is no file on this machine"),
    ],
)
def test_what_cannot_be_told_is_found_before(sparkjob: Caller, said: str, fault: str) -> None:
    """64 with file and line; what stands in a secret's place is not shown."""
    local = sparkjob.project.root / "configs/local.yml"
    lines = [line for line in local.read_text().splitlines() if not line.startswith("on_failure")]
    local.write_text("\n".join([*lines, said, ""]))
    told = sparkjob("validate")
    assert told.code == 64
    assert f"configs/local.yml:{len(lines) + 1}  {fault}" in " ".join(told.err.split(" ")), told.err
    assert "word" not in told.err
    assert json.dumps(told.err)
