"""A Delta table that is dropped and created anew in the middle of a publish, whose handle does not notice."""

from pathlib import Path

import pytest

from framework.errors import RetryError
from framework.publish.delta import publisher as module
from tests.storage.publishing import D1, D2, World, delta_world, rows_of


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A table with one published day: its handle is at version 1."""
    made = delta_world(tmp_path).prepare()
    made.run({D1: rows_of(D1, "old")}, code="v0")
    return made


def _replace(world: World, *, publishes: int) -> None:
    """Somebody drops the table, creates it anew, and publishes so often to it."""
    world.drop()
    other = delta_world(Path(world.binding.location.uri).parent).prepare()
    for number in range(publishes):
        other.run({D2: rows_of(D2, "theirs")}, code=f"theirs{number}")


def test_a_commit_to_another_table_of_that_name_is_no_success(world: World) -> None:
    """As many commits as the handle knows, so that ours goes through: the log says whose table it is."""
    audited = world.stage({D1: rows_of(D1, "new")})
    calls = []

    def wanted() -> None:
        calls.append(1)
        if len(calls) == 2:  # the first is before anything is looked at
            _replace(world, publishes=1)

    assert world.prepared is not None
    with pytest.raises(RetryError, match="dropped and created anew"):
        world.publisher.publish(world.prepared, audited, audited.publishable, wanted=wanted)
    assert len(calls) == 2


def test_a_log_that_does_not_reach_the_handle_is_looked_at_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the handle and the log: no fault of the log, which a person mends, but one to try again."""
    audited = world.stage({D1: rows_of(D1, "new")})
    monkeypatch.setattr(module, "take_fate", lambda _: _replace(world, publishes=0))
    with pytest.raises(RetryError, match="dropped and created anew"):
        world.publish(audited)
    assert world.rows() == []
