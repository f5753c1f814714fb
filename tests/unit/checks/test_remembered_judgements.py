"""What was found of an input is believed only when it is as it was written."""

import json
from pathlib import Path

import pytest

from framework.audit.memory import load_judgements, memory_path, write_judgements
from framework.checks.compiled import Judgement
from framework.environment.location import Location

PLACE = memory_path("a.b", {"version": "1"})
FOUND = {("whole", "r1"): Judgement(state="fail", observed=(1, "x"), unexpected=2, considered=3)}


@pytest.fixture
def state(tmp_path: Path) -> Location:
    """A state store in which one verdict is kept."""
    location = Location(uri=str(tmp_path))
    write_judgements(location, PLACE, FOUND)
    return location


def test_what_is_written_is_read(state: Location) -> None:
    """As it was, and by equal parts only."""
    assert load_judgements(state, PLACE) == FOUND
    assert load_judgements(state, memory_path("a.b", {"version": "2"})) == {}


def test_unknown_is_not_remembered(state: Location) -> None:
    """What could not be computed is tried again."""
    write_judgements(state, PLACE, {("whole", "r1"): Judgement(state="unknown", reason="away")})
    assert load_judgements(state, PLACE) == {}


SAID = {"state": "pass", "observed": None, "unexpected": 0, "considered": 3, "reason": None}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b"\xff\xfe",
        b"null",
        b"[]",
        b'{"whole": []}',
        b'{"whole": {"r1": null}}',
        *(
            json.dumps({"whole": {"r1": {**SAID, name: wrong}}}).encode()
            for name, wrong in [
                ("state", "unknown"),
                ("state", ["pass"]),
                ("unexpected", "0"),
                ("considered", 3.5),
                ("reason", 7),
            ]
        ),
        json.dumps({"whole": {"r1": {n: v for n, v in SAID.items() if n != "unexpected"}}}).encode(),
    ],
)
def test_what_is_broken_is_nothing(state: Location, content: bytes) -> None:
    """Cut short, of another shape or of other types: the rules are evaluated again."""
    (Path(state.uri) / PLACE).write_bytes(content)
    assert load_judgements(state, PLACE) == {}
