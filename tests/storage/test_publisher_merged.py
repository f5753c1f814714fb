"""What publishing merged rows promises, on Delta and in memory, on a disk and on S3."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from deltalake import TableFeatures

from framework import Interval, Output
from framework.audit.audit import reaudit_footers
from framework.audit.audited import Audited
from framework.errors import FailedError, MisconfiguredError, RetryError
from framework.interval import WHOLE
from framework.stage.staged import Merge
from framework.tables.rewritable import open_rewritable
from framework.testing.memory import MemoryTables
from tests.storage.publishing import (
    D1,
    D2,
    D3,
    SCHEMA,
    Rows,
    World,
    delta_world,
    make_of,
    parquet_world,
    rows_of,
)

HISTORY = f"{SCHEMA}, valid_from DATE, valid_to DATE, is_current BOOLEAN"
PLACES = ("delta", "delta on S3", "memory")
HOSTILE = ("a/b", "50% off", "ü=ß", "x y", "'quoted'", "..", "%2F")


def merged(**changes: object) -> Output:
    """An output whose rows are merged by name; the newest day wins."""
    given = {"schema": SCHEMA, "time": "day", "key": "name", "sequence_by": "day", "mode": "merge"}
    return Output("flights.merged", **{**given, **changes})


@pytest.fixture(params=[(place, mode) for place in PLACES for mode in ("merge", "scd2")], ids=" ".join)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A table of a format and a place, into which rows are merged."""
    place, mode = request.param
    request.param = place
    # What the columns of a history mean is the business of those who write the rows.
    output = merged(mode=mode, **({"validity": ("day", "name", "amount")} if mode == "scd2" else {}))
    return make_of(request, tmp_path)(output).prepare()


def live(world: World) -> tuple[str, ...]:
    """Paths of the live files."""
    if isinstance(world.publisher, MemoryTables):
        return world.publisher.live(world.binding)
    return tuple(file.path for file in open_rewritable(world.binding).files)


def stage(
    world: World,
    interval: Interval,
    rows: Rows,
    *,
    code: str = "v1",
    output: Output | None = None,
) -> Audited:
    """Merge the rows by name into what is there, all of which is written anew."""
    version, replaces = world.version(), live(world)
    found = {row[1]: row for row in world.rows()}
    for row in rows:
        if row[1] not in found or found[row[1]][0] <= row[0]:
            found[row[1]] = row
    audited = world.stage({interval: list(found.values())}, code=code, output=output or world.output)
    return reaudit_footers(
        replace(audited.staged, merge=Merge(version=version, replaces=replaces)), audited.verdicts
    )


def run(world: World, interval: Interval, rows: Rows, code: str = "v1") -> str:
    """Merge and publish; the outcome."""
    (receipt,) = world.publish(stage(world, interval, rows, code=code))
    return receipt.outcome


def test_rows_of_intervals_are_merged_and_each_has_its_generation(world: World) -> None:
    """Files are shared, numbers are not."""
    assert run(world, D1, rows_of(D1, "a", "b")) == "published"
    assert run(world, D2, rows_of(D2, "b", "c")) == "published"
    assert sorted(world.rows()) == sorted([*rows_of(D1, "a"), *rows_of(D2, "b", "c")])
    published = world.published(D1, D2, D3)
    assert {i: g.number for i, g in published.items()} == {D1: 1, D2: 1}
    assert all(generation.is_intact for generation in published.values())


def test_merging_again_converges(world: World) -> None:
    """A second run of an interval leaves one row of a key, and counts."""
    for code in ("v1", "v2"):
        run(world, D1, rows_of(D1, "a", "b"), code=code)
    assert sorted(world.rows()) == sorted(rows_of(D1, "a", "b"))
    assert world.published(D1)[D1].number == 2


def test_an_older_interval_after_a_newer_one_converges(world: World) -> None:
    """Newer rows stay, whatever comes later."""
    run(world, D2, rows_of(D2, "a"))
    run(world, D1, rows_of(D1, "a", "b"))
    assert sorted(world.rows()) == sorted([*rows_of(D1, "b"), *rows_of(D2, "a")])


def test_a_batch_without_rows_changes_nothing_and_counts(world: World) -> None:
    """An interval in which nothing happened is done."""
    run(world, D1, rows_of(D1, "a"))
    before = live(world)
    audited = world.stage({D2: []})
    audited = reaudit_footers(
        replace(audited.staged, merge=Merge(version=world.version(), replaces=())), audited.verdicts
    )
    for _ in range(2):
        assert [r.outcome for r in world.publish(audited)] == ["published"]
    assert live(world) == before
    assert {i: g.is_intact for i, g in world.published(D1, D2).items()} == {D1: True, D2: True}


def test_a_run_that_was_killed_before_its_commit_leaves_nothing(world: World) -> None:
    """What it staged is nobody's; the next run makes the rows that one clean run makes."""
    run(world, D1, rows_of(D1, "a"))
    stage(world, D2, rows_of(D2, "a", "b"))
    assert world.rows() == rows_of(D1, "a")
    assert run(world, D2, rows_of(D2, "a", "b")) == "published"
    assert sorted(world.rows()) == sorted(rows_of(D2, "a", "b"))


def test_a_reply_that_was_lost_is_found_to_be_ours(world: World) -> None:
    """Publishing the same stage again says published, also when another interval came since."""
    audited = stage(world, D1, rows_of(D1, "a"))
    for _ in range(2):
        assert [r.outcome for r in world.publish(audited)] == ["published"]
    run(world, D2, rows_of(D2, "b"))
    assert [r.outcome for r in world.publish(audited)] == ["published"]
    assert sorted(world.rows()) == sorted([*rows_of(D1, "a"), *rows_of(D2, "b")])


def test_what_was_merged_into_an_older_version_is_not_published(world: World) -> None:
    """Another interval has written the same rows anew: nothing is lost, the run is to be repeated."""
    run(world, D1, rows_of(D1, "a"))
    late = stage(world, D3, rows_of(D3, "a"))
    run(world, D2, rows_of(D2, "b"))
    with pytest.raises(RetryError, match="the table changed"):
        world.publish(late)
    assert sorted(world.rows()) == sorted([*rows_of(D1, "a"), *rows_of(D2, "b")])
    assert run(world, D3, rows_of(D3, "a")) == "published"
    assert sorted(world.rows()) == sorted([*rows_of(D3, "a"), *rows_of(D2, "b")])


def test_a_zombie_cannot_overwrite_a_newer_generation(world: World) -> None:
    """It learns that another run was faster, and whether that made the same."""
    zombie = stage(world, D1, rows_of(D1, "old"), code="v1")
    twin = stage(world, D1, rows_of(D1, "new"), code="v2")
    run(world, D1, rows_of(D1, "new"), code="v2")
    assert [r.outcome for r in world.publish(zombie)] == ["retry"]
    assert [r.outcome for r in world.publish(twin)] == ["unchanged"]
    assert world.rows() == rows_of(D1, "new")


def test_of_concurrent_runs_one_publishes(world: World) -> None:
    """Of different intervals at once, too: each was merged without the others' rows."""
    run(world, D1, rows_of(D1, "a"))
    stages = [stage(world, each, rows_of(each, "a", f"{n}")) for n, each in enumerate((D1, D2, D3))]
    barrier, outcomes = threading.Barrier(len(stages)), []

    def publish(audited: Audited) -> None:
        barrier.wait()
        try:
            outcomes.append(world.publish(audited)[0].outcome)
        except RetryError:
            outcomes.append("retry")

    threads = [threading.Thread(target=publish, args=(audited,)) for audited in stages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["published", "retry", "retry"]
    assert len(world.rows()) == len({row[1] for row in world.rows()}) == 2


def test_what_somebody_else_changed_is_no_interval_s_any_more(world: World) -> None:
    """An OPTIMIZE and a DELETE are seen in every interval, and in one that was never published."""
    for change in ("optimize", "delete"):
        run(world, D1, rows_of(D1, "a", "b"), code=change)
        assert all(g.is_intact for g in world.published(D1, WHOLE).values())
        if change == "optimize":
            world.optimize(D1)
        else:
            world.delete(D1, "a")
        found = world.published(D1, WHOLE)
        assert {i: g.is_intact for i, g in found.items()} == {D1: False, WHOLE: False}


def test_a_foreign_change_between_merge_and_commit_is_not_overwritten(world: World) -> None:
    """The files that were read are not those that are live."""
    run(world, D1, rows_of(D1, "a", "b"))
    late = stage(world, D2, rows_of(D2, "a"))
    world.delete(D1, "b")
    with pytest.raises(RetryError, match="the table changed"):
        world.publish(late)
    assert world.rows() == rows_of(D1, "a")


def test_after_a_forced_run_the_table_is_ours_again(world: World) -> None:
    """Who merges into what somebody else left has taken it as it is."""
    run(world, D1, rows_of(D1, "a", "b"))
    world.delete(D1, "a")
    run(world, D2, rows_of(D2, "c"))
    assert all(g.is_intact for g in world.published(D1, D2, WHOLE).values())


def test_nothing_is_published_that_was_not_merged_into_a_version(world: World) -> None:
    """Rows of an interval alone would stand beside the older ones of their keys."""
    with pytest.raises(FailedError, match="were not merged"):
        world.publish(world.stage({D1: rows_of(D1, "a")}))
    assert world.rows() == []


def test_a_column_can_be_added(world: World) -> None:
    """The table is widened by the publish itself; older rows have NULL there."""
    run(world, D1, rows_of(D1, "a"))
    wider = merged(
        mode=world.output.mode,
        schema=f"{SCHEMA}, extra STRING",
        **({"validity": world.output.validity} if world.output.mode == "scd2" else {}),
    )
    world.prepare(output=wider)
    audited = world.stage({D2: [(D2.first_day, "b", 1, "new")]}, output=wider)
    audited = reaudit_footers(
        replace(audited.staged, merge=Merge(version=world.version(), replaces=())), audited.verdicts
    )
    assert [r.outcome for r in world.publish(audited)] == ["published"]
    assert {row[1]: row[3] if len(row) > 3 else None for row in world.rows()} == {"a": None, "b": "new"}


@pytest.mark.parametrize("place", PLACES)
def test_hostile_partition_values_come_back_as_they_were(
    request: pytest.FixtureRequest, tmp_path: Path, place: str
) -> None:
    """Rows of any interval lie in the partitions of their values, and are found and replaced there."""
    request.param = place
    world = make_of(request, tmp_path)(merged(partition_by="name")).prepare()
    rows = [*rows_of(D1, *HOSTILE), (D1.first_day, None, 1)]
    run(world, D1, rows)
    assert sorted(map(repr, world.rows())) == sorted(map(repr, rows))
    run(world, D2, [*rows_of(D2, *HOSTILE), (D2.first_day, None, 1)])
    assert sorted(map(repr, world.rows())) == sorted(
        map(repr, [*rows_of(D2, *HOSTILE), (D2.first_day, None, 1)])
    )


@pytest.mark.parametrize("place", ["delta", "delta on S3"])
def test_a_restored_table_is_what_it_was_and_later_intervals_are_not(
    request: pytest.FixtureRequest, tmp_path: Path, place: str
) -> None:
    """RESTORE brings rows back that are right for the older interval; what came later is missing."""
    request.param = place
    world = make_of(request, tmp_path)(merged()).prepare()
    run(world, D1, rows_of(D1, "a"))
    version = world.version()
    run(world, D2, rows_of(D2, "b"))
    world.delta().restore(version)
    found = world.published(D1, D2, WHOLE)
    assert {i: g.is_intact for i, g in found.items()} == {D1: True, D2: False, WHOLE: False}


def test_another_mode_is_refused_by_name(tmp_path: Path) -> None:
    """Rows that lie in shared files are no interval's to replace."""
    world = delta_world(tmp_path, merged()).prepare()
    with pytest.raises(MisconfiguredError, match='has the mode "merge", the job says "replace"'):
        world.prepare(output=merged(mode="replace", sequence_by=None, partition_by=()))


@pytest.mark.parametrize("change", [{"key": ("name", "day")}, {"sequence_by": "amount"}])
def test_other_columns_to_merge_by_are_refused(tmp_path: Path, change: dict[str, object]) -> None:
    """What is remembered of keys and moments, such as that a key is gone, means nothing by others."""
    world = delta_world(tmp_path, merged()).prepare()
    with pytest.raises(MisconfiguredError, match=r"merged by \(key name; sequence_by \w+\)"):
        world.prepare(output=merged(**change))
    world.prepare()


def test_deletion_vectors_are_refused_by_name(tmp_path: Path) -> None:
    """Removing a file that has one would leave its rows."""
    world = delta_world(tmp_path, merged()).prepare()
    world.delta().alter.add_feature(TableFeatures.DeletionVectors, allow_protocol_versions_increase=True)
    with pytest.raises(MisconfiguredError, match=r"deletionVectors \(with mode merge\)"):
        world.prepare()


def test_parquet_takes_no_merged_rows(tmp_path: Path) -> None:
    """Said before anything is staged, with the format that does."""
    with pytest.raises(MisconfiguredError, match='mode "merge" needs format: delta'):
        parquet_world(tmp_path, merged()).prepare()
