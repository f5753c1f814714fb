"""Intents and fates: what is written beside the tables."""

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.environment.location import Location
from framework.publish.fate import take_fate
from framework.publish.intent import load_intent, parse_intent, write_intent
from framework.publish.protocol import StageLostError
from tests.storage.publishing import D1, D2, World, by_day, delta_world, parquet_world, rows_of


def test_an_intent_reads_back_as_what_was_about_to_be_published(tmp_path: Path) -> None:
    """Files, generations and fingerprints of the intervals that passed, for whoever comes next."""
    state = Location(uri=str(tmp_path / "state"))
    world = delta_world(tmp_path, by_day(partition_by=("day", "name"))).prepare()
    world.run({D1: rows_of(D1, "a")})
    audited = world.stage({D1: [(D1.first_day, None, 1)], D2: rows_of(D2, "b")})
    write_intent(state, "job", [audited], [D1])
    intent = load_intent(state, "job", audited.staged.stage_id)
    assert intent is not None
    assert (intent.job, intent.run_id, intent.stage_id) == ("job", "run", audited.staged.stage_id)
    assert intent.files_of("flights.daily") == audited.staged.of(D1)
    target = intent.find("flights.daily", D1)
    assert target is not None
    assert (target.interval, target.expected) == (D1, 1)
    assert target.fingerprint == audited.staged.targets[0].fingerprint
    assert intent.find("flights.daily", D2) is None


def test_two_attempts_under_one_run_id_have_an_intent_each(tmp_path: Path) -> None:
    """A scheduler gives its retry the same run id: a zombie does not write over the intent of the retry."""
    state = Location(uri=str(tmp_path / "state"))
    world = delta_world(tmp_path).prepare()
    attempts = [world.stage({D1: rows_of(D1, "a")}) for _ in range(2)]
    for audited in attempts:
        write_intent(state, "job", [audited], [D1])
    for staged in (audited.staged for audited in attempts):
        intent = load_intent(state, "job", staged.stage_id)
        assert intent is not None
        assert (intent.run_id, intent.files_of("flights.daily")) == ("run", staged.files)


def test_what_is_no_intent_is_left_out(tmp_path: Path) -> None:
    """A broken object in the state store stops nobody."""
    folder = tmp_path / "state" / "intents" / "job"
    folder.mkdir(parents=True)
    for n, text in enumerate(["", "{}", "[]", '{"version": 9}', '{"version": 1, "job": "j", "run_id": 1}']):
        (folder / f"R{n}.json").write_text(text)
        with pytest.raises(ValueError):  # noqa: PT011 - the kind is the promise
            parse_intent(text)
        assert load_intent(Location(uri=str(tmp_path / "state")), "job", f"R{n}") is None


@pytest.mark.parametrize("make", [delta_world, parquet_world], ids=["delta", "parquet"])
def test_a_fate_is_taken_once(tmp_path: Path, make: Callable[[Path], World]) -> None:
    """Publishing may take its stage again, nobody may take it away."""
    first, second = (make(tmp_path).prepare().stage({D1: rows_of(D1, "a")}).staged for _ in range(2))
    for _ in range(2):
        take_fate(first)
    Path(second.binding.location.uri, second.directory, "_fate").write_text('{"fate": "clean"}')
    with pytest.raises(StageLostError, match=second.stage_id):
        take_fate(second)
