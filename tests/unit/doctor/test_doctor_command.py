"""`sparkjob doctor` as a person sees it, on a disk."""

import json

import pytest

from tests.support.calling import Caller

SECRET = "open-sesame-of-the-doctor"


def _findings(caller: Caller) -> dict[tuple[str, str], dict[str, str]]:
    told = caller("doctor", "--json")
    found = {(each["state"], each["about"]): each for each in json.loads(told.out)}
    assert told.code == (64 if any(state == "fault" for state, _ in found) else 0)
    return found


def test_a_new_project_is_sound_and_nothing_is_written(sparkjob: Caller) -> None:
    """What was tried was removed, with the folders that were made for it."""
    before = sorted(sparkjob.project.root.rglob("*"))
    told = sparkjob("doctor")
    assert told.code == 0, told.out
    assert "\n0 faults, 0 warnings, " in told.out
    after = [path for path in sorted(sparkjob.project.root.rglob("*")) if "__pycache__" not in path.parts]
    assert after == [path for path in before if "__pycache__" not in path.parts]


def test_a_folder_that_everybody_may_write_is_a_fault(sparkjob: Caller) -> None:
    """Who can write the state can make runs believe in what was not published."""
    state = sparkjob.project.root / ".data/sparkjob"
    state.mkdir(parents=True)
    state.chmod(0o777)
    assert _findings(sparkjob)["fault", "state"]["hint"] == f"chmod o-w {state}"
    state.chmod(0o755)
    assert ("good", "state") in _findings(sparkjob)


def test_a_file_in_a_store_s_place_is_a_fault(sparkjob: Caller) -> None:
    """Named with what to do."""
    (sparkjob.project.root / ".data/sparkjob").write_text("")
    assert "a file stands where a folder is needed" in _findings(sparkjob)["fault", "state"]["what"]


def test_secrets_are_fetched_and_never_shown(sparkjob: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is not set is a fault before a run needs it."""
    local = sparkjob.project.root / "configs/local.yml"
    local.write_text(f'{local.read_text()}secrets: {{api: "${{secret:env:DOCTORS_TOKEN}}"}}\n')
    monkeypatch.delenv("DOCTORS_TOKEN", raising=False)
    assert "is not set" in _findings(sparkjob)["fault", "secret api"]["what"]
    monkeypatch.setenv("DOCTORS_TOKEN", SECRET)
    assert ("good", "secret api") in _findings(sparkjob)
    assert SECRET not in sparkjob("doctor").out
