"""Names, run ids, intervals and places from outside: none of them leads out of where it belongs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.calling import Caller, calling

HOSTILE = ["../outside", "/outside", "..", "a\\..\\b", "$(touch x)", "<b>", "a\nb"]


@pytest.fixture
def sparkjob(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Caller]:
    """The small project, in a folder beside which nothing may appear."""
    with calling(tmp_path / "around" / "project", monkeypatch, capsys) as caller:
        yield caller
    assert [path.name for path in (tmp_path / "around").iterdir()] == ["project"]
    assert [path.name for path in tmp_path.iterdir()] == ["around"]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("what", ["dataset", "job"])
def test_a_name_that_is_a_path_or_code_is_a_fault(sparkjob: Caller, what: str, name: str) -> None:
    """Of a dataset and of a job: 64 with file and line, before anything is looked at."""
    job = sparkjob.project.root / "jobs/total.py"
    text = job.read_text()
    text = (
        text.replace('"small.total"', json.dumps(name))
        if what == "dataset"
        else text.replace("@job(", f"@job(name={json.dumps(name)},")
    )
    job.write_text(text)
    told = sparkjob("validate")
    assert told.code == 64, told.out
    assert re.search(r"jobs/total\.py:\d+", told.err)


@pytest.mark.parametrize("run_id", [*HOSTILE, "", "x" * 101, "é"])
def test_a_run_id_is_no_path(sparkjob: Caller, run_id: str) -> None:
    """It becomes part of paths of the state and of stages."""
    told = sparkjob("run", "split", "--run-id", run_id)
    assert told.code == 64
    assert "cannot be a run id" in told.err


@pytest.mark.parametrize("interval", ["../2013-01-01", "2013-01-01/../..", "/etc", "'; DROP TABLE"])
@pytest.mark.parametrize("command", ["plan", "run"])
def test_an_interval_is_parsed_or_refused(sparkjob: Caller, command: str, interval: str) -> None:
    """What is written into paths is made of the parsed times."""
    told = sparkjob(command, "split", "--interval", interval)
    assert told.code == 64


@pytest.mark.parametrize("name", ["../../x", "..", "a/b"])
@pytest.mark.parametrize("command", ["show", "logs", "resume", "history", "grants"])
def test_what_is_asked_for_by_name_is_looked_up(sparkjob: Caller, command: str, name: str) -> None:
    """A name that there is not is 64; it is never made a path."""
    (sparkjob.project.root / "x.json").write_text("{}")
    told = sparkjob(command, name)
    assert told.code == 64
    assert "Traceback" not in told.err


@pytest.mark.parametrize("env", ["../local", "/etc/passwd", "..", "a/b", ""])
def test_an_environment_is_no_path(sparkjob: Caller, env: str) -> None:
    """`--env` names a file of configs/, and no other."""
    (sparkjob.project.root / "local.yml").write_text("stores: {}")
    told = sparkjob("config", "--env", env)
    assert told.code == 64
    assert "Traceback" not in told.err
