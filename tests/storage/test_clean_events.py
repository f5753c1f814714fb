"""`clean` keeps the events that merging may ask for, and takes those that no table refers to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from framework import Interval, Output
from framework.audit.audit import reaudit_footers
from framework.audit.audited import Audited
from framework.environment.objects import list_objects
from framework.publish.clean import look, remove
from framework.publish.protocol import StageLostError
from framework.stage.staged import Merge
from framework.tables.events import EventFile, list_path, load_events, number_of, write_list
from framework.tables.rewritable import open_rewritable
from tests.storage.publishing import D1, D2, D3, SCHEMA, World, make_of, rows_of

OUTPUT = Output("flights.merged", schema=SCHEMA, time="day", key="name", sequence_by="day", mode="merge")


@pytest.fixture(params=["delta", "delta on S3"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A table into which rows are merged."""
    make: Callable[..., World] = make_of(request, tmp_path)
    return make(OUTPUT).prepare()


def _stage(world: World, interval: Interval, *names: str) -> Audited:
    """A stage that has added rows and an event beside the table, and has not published yet."""
    audited = world.stage({interval: rows_of(interval, *names)})
    staged, table = audited.staged, open_rewritable(world.binding)
    path = f"_events/{staged.stage_id}/part-0.parquet"
    world.put(path, b"events")
    earlier = load_events(world.binding.location, table.events)
    number = write_list(world.binding.location, (*earlier, EventFile(path=path, highest=1)), staged.stage_id)
    merge = Merge(version=table.version, replaces=(), events=number)
    return reaudit_footers(replace(staged, merge=merge), audited.verdicts)


def _events(world: World) -> set[str]:
    return {each.path for each in list_objects(world.binding.location, "_events")}


def _later() -> datetime:
    """A cutoff for which all that is there now is old."""
    return datetime.now(UTC) + timedelta(days=8)


def _of(audited: Audited) -> tuple[str, str]:
    """An event file of a stage, and its list."""
    stage_id = audited.staged.stage_id
    return f"_events/{stage_id}/part-0.parquet", list_path(number_of(stage_id))


def test_the_list_of_now_stays_with_all_its_files(world: World) -> None:
    """Earlier lists and those of killed runs go, with their files, when they are old enough."""
    published = []
    for interval, name in ((D1, "a"), (D2, "b")):
        audited = _stage(world, interval, name)
        world.publish(audited)
        published.append(_of(audited))
    killed = _stage(world, D3, "c")
    assert look(world.binding, datetime.now(UTC) - timedelta(days=8)).objects == ()
    before, rows = _events(world), world.rows()
    done = remove(world.binding, look(world.binding, _later()), _later())
    (first, first_list), (second, second_list) = published
    assert before == {first, first_list, second, second_list, *_of(killed)}
    assert _events(world) == {first, second, second_list}
    assert killed.staged.directory in [stage.directory for stage in done.stages]
    assert world.rows() == rows
    number = open_rewritable(world.binding).events
    assert [file.path for file in load_events(world.binding.location, number)] == [first, second]


def test_a_list_stays_for_whoever_restores_the_table(world: World) -> None:
    """However old it is: it was followed a moment ago, and a RESTORE to before that asks for it."""
    published = []
    for interval, name in ((D1, "a"), (D2, "b")):
        audited = _stage(world, interval, name)
        world.publish(audited)
        published.append(_of(audited))
    for each in list_objects(world.binding.location, "_events"):
        world.age(each.path, datetime.now(UTC) - timedelta(days=30))
    cutoff = datetime.now(UTC) - timedelta(days=7)
    remove(world.binding, look(world.binding, cutoff), cutoff)
    assert _events(world) == {path for paths in published for path in paths}


def test_the_list_of_a_restored_table_stays_until_it_is_run_again(world: World) -> None:
    """Its publish was followed long ago, and by the RESTORE it is what the table has."""
    first = _stage(world, D1, "a")
    world.publish(first)
    version = world.version()
    world.publish(_stage(world, D2, "b"))
    world.delta().restore(version)
    remove(world.binding, look(world.binding, _later()), _later())
    number = open_rewritable(world.binding).events
    assert [file.path for file in load_events(world.binding.location, number)] == [_of(first)[0]]


def test_a_table_that_is_as_it_was_made_has_no_events(world: World) -> None:
    """RESTORE to before the first publish undoes what that one has kept, too."""
    version = world.version()
    world.publish(_stage(world, D1, "a"))
    assert open_rewritable(world.binding).events
    world.delta().restore(version)
    assert open_rewritable(world.binding).events == 0


def test_events_share_the_fate_of_their_stage(world: World) -> None:
    """A run that wakes up while they are cleaned up publishes nothing; its list would be gone."""
    sleeper = _stage(world, D1, "a")

    def wake() -> None:
        with pytest.raises(StageLostError, match="being cleaned up"):
            world.publish(sleeper)

    remove(world.binding, look(world.binding, _later()), _later(), taken=wake)
    assert _events(world) == set()
    assert world.rows() == []


def test_events_of_a_stage_that_was_published_since_stay(world: World) -> None:
    """The publisher was faster than the clean that had looked."""
    faster = _stage(world, D1, "a")
    garbage = look(world.binding, _later())
    assert {each.path for each in garbage.objects} >= set(_of(faster))
    world.publish(faster)
    remove(world.binding, garbage, _later())
    assert _events(world) == set(_of(faster))


def test_a_folder_of_that_name_without_a_list_is_somebody_elses(world: World) -> None:
    """Nothing of ours is in it."""
    world.put("_events/2013/part-0.parquet", b"theirs")
    assert look(world.binding, _later()).objects == ()
