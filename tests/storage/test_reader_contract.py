"""What every reader of a table of ours promises, run against Delta and its in-memory twin."""

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.interval import WHOLE
from tests.storage.publishing import (
    D1,
    D2,
    D3,
    WORLDS,
    World,
    fingerprint,
    make_of,
    rows_of,
    whole,
)

Make = Callable[..., World]


@pytest.fixture(params=WORLDS)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a world of the format, and in the place, that is tested."""
    return make_of(request, tmp_path)


@pytest.mark.parametrize("prepared", [False, True], ids=["no table", "an empty table"])
def test_what_was_never_published_does_not_exist(make: Make, prepared: bool) -> None:
    """A table that a run has created and not filled makes nobody's input ready."""
    world = make()
    if prepared:
        world.prepare()
    assert world.published() == {}
    for intervals in ((), (D1, D2)):
        pin = world.reader.pin(world.binding, intervals)
        assert (pin.exists, pin.generations) == (False, {})


def test_zero_rows_exist(make: Make) -> None:
    """An interval that was published empty is there."""
    world = make().prepare()
    world.run({D1: []})
    pin = world.reader.pin(world.binding, (D1, D2))
    assert (pin.exists, pin.generations) == (True, {D1: 1})


def test_generations_are_told_by_interval(make: Make) -> None:
    """Each interval has its own number; one that was not asked for, or never published, is left out."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    world.run({D1: rows_of(D1, "c")}, code="v2")
    assert world.reader.pin(world.binding, (D1, D2, D3)).generations == {D1: 2, D2: 1}
    assert world.reader.pin(world.binding, (D2,)).generations == {D2: 1}
    assert {i: g.number for i, g in world.published(D1, D3).items()} == {D1: 2}


def test_a_whole_table_has_a_generation(make: Make) -> None:
    """A table without intervals is one interval."""
    world = make(whole(), grain=None).prepare()
    world.run({WHOLE: rows_of(D1, "a")})
    assert world.reader.pin(world.binding, ()).exists
    assert world.published(WHOLE)[WHOLE].number == 1


def test_a_generation_says_who_made_it_of_what(make: Make) -> None:
    """Run id, stage id, parts of the fingerprint, and the table that it is in."""
    world = make().prepare()
    audited = world.stage({D1: rows_of(D1, "a")})
    world.publish(audited)
    generation = world.published()[D1]
    assert (generation.run_id, generation.stage_id) == ("run", audited.staged.stage_id)
    assert generation.parts == fingerprint("v1")
    assert generation.is_made_of(fingerprint("v1"))
    assert not generation.is_made_of(fingerprint("v2"))
    assert generation.table_id == world.reader.pin(world.binding, ()).table_id


@pytest.mark.parametrize("intervals", [(), (D1,)], ids=["whole", "by interval"])
def test_the_version_changes_with_every_publish(make: Make, intervals: tuple) -> None:
    """Also when the rows are the same: nobody reads them to compare."""
    world = make().prepare()
    seen = []
    for number in range(3):
        world.run({D1: rows_of(D1, "a", "b")}, code=f"v{number}")
        seen.append(world.reader.pin(world.binding, intervals).version)
    assert len(set(seen)) == 3
    assert None not in seen


OF_FOREIGN_HANDS = [name for name in WORLDS if not name.startswith("parquet")]
"""Tables that others may write to: nobody but us finds the files of the others."""


@pytest.mark.parametrize("make", OF_FOREIGN_HANDS, indirect=True)
@pytest.mark.parametrize("intervals", [(), (D1,)], ids=["whole", "by interval"])
def test_the_version_changes_with_the_rows_alone(make: Make, intervals: tuple) -> None:
    """Every foreign change of rows is another version, an OPTIMIZE is none."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "a", "b")})
    before = world.reader.pin(world.binding, intervals)
    world.optimize(D1)
    after = world.reader.pin(world.binding, intervals)
    assert before.read_version != after.read_version
    assert before.version == after.version
    world.delete(D1, "a")
    assert world.reader.pin(world.binding, intervals).version not in (None, after.version)


def test_a_table_created_anew_is_another(make: Make) -> None:
    """Numbers begin again, and the version is not one that was there before."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "a")})
    before = world.reader.pin(world.binding, (D1,))
    world.drop()
    assert not world.reader.pin(world.binding, (D1,)).exists
    world.prepare().run({D1: rows_of(D1, "a")})
    after = world.reader.pin(world.binding, (D1,))
    assert after.generations == before.generations
    assert (after.table_id, after.version) != (before.table_id, before.version)
    assert after.version != before.version
