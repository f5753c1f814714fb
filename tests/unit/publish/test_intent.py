"""Intents and fates: what is written beside the tables."""

from pathlib import Path

import pytest

from framework.environment.location import Location
from framework.errors import RetryError
from framework.publish.fate import take_fate
from framework.publish.intent import load_intents, parse_intent, write_intent
from tests.unit.publish.publishing import D1, D2, by_day, delta_world, rows_of


def test_an_intent_reads_back_as_what_was_about_to_be_published(tmp_path: Path) -> None:
    """Files, generations and fingerprints of the intervals that passed, for whoever comes next."""
    state = Location(uri=str(tmp_path / "state"))
    world = delta_world(tmp_path, by_day(partition_by=("day", "name"))).prepare()
    world.run({D1: rows_of(D1, "a")})
    audited = world.stage({D1: [(D1.first_day, None, 1)], D2: rows_of(D2, "b")})
    write_intent(state, "job", "R1", [audited], [D1])
    (intent,) = load_intents(state, "job")
    (output,) = intent.outputs
    assert (intent.job, intent.run_id, output.dataset) == ("job", "R1", "flights.daily")
    assert output.files == audited.staged.of(D1)
    (target,) = output.targets
    assert (target.interval, target.expected) == (D1, 1)
    assert target.fingerprint == audited.staged.targets[0].fingerprint
    assert target.table_id == world.published()[D1].table_id


def test_what_is_no_intent_is_left_out(tmp_path: Path) -> None:
    """A broken object in the state store stops nobody."""
    folder = tmp_path / "state" / "intents" / "job"
    folder.mkdir(parents=True)
    for n, text in enumerate(["", "{}", "[]", '{"version": 9}', '{"version": 1, "job": "j", "run_id": 1}']):
        (folder / f"R{n}.json").write_text(text)
        with pytest.raises(ValueError):  # noqa: PT011 - the kind is the promise
            parse_intent(text)
    assert list(load_intents(Location(uri=str(tmp_path / "state")), "job")) == []


def test_a_fate_is_taken_once(tmp_path: Path) -> None:
    """Publishing may take its stage again, nobody may take it away."""
    table = Location(uri=str(tmp_path))
    for _ in range(2):
        take_fate(table, "run-1")
    (tmp_path / "data" / "run-2").mkdir(parents=True)
    (tmp_path / "data" / "run-2" / "_fate").write_text('{"fate": "clean", "stage_id": "run-2"}')
    with pytest.raises(RetryError, match="run-2"):
        take_fate(table, "run-2")
