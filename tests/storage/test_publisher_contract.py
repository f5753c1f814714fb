"""What every publisher promises, run against Delta and its in-memory twin."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from framework import Output
from framework.errors import FailedError, MisconfiguredError, RetryError
from framework.interval import WHOLE, Interval
from framework.publish.protocol import StageLostError
from tests.storage.publishing import (
    D1,
    D2,
    WORLDS,
    World,
    by_day,
    by_path,
    day,
    fingerprint,
    make_of,
    rows_of,
    seen,
    whole,
)

Make = Callable[..., World]

HOSTILE = ["a/b", "a=b", "a b", "a%2Fb", "..", "é\u2028ß", "'\"`;--", "{}", "#?&", "\\", "v", "n", "x" * 100]

APPENDED = {f"{name}, append": name for name in ("delta", "delta on S3", "parquet", "parquet on S3")}
"""Worlds whose outputs have the mode `append`: to a publisher an interval's rows are its rows."""


@pytest.fixture(params=[*WORLDS, *APPENDED])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a world of the format, in the place and with the mode that are tested."""
    name = request.param
    request.param = APPENDED.get(name, name)
    make = make_of(request, tmp_path)
    if name not in APPENDED:
        return make
    return lambda output=None, **given: make(appended(output or by_day()), **given)


def appended(output: Output) -> Output:
    """The output with the mode `append`; one without intervals is replaced as it was."""
    changed = by_day()
    for name, value in {**vars(output), "mode": "append" if output.time else output.mode}.items():
        object.__setattr__(changed, name, value)
    return changed


def test_nothing_is_published_before_the_first_publish(make: Make) -> None:
    """A table that was only prepared is empty, and nobody's input is ready for it."""
    world = make()
    assert not world.reader.pin(world.binding, (D1,)).exists
    world.prepare()
    assert world.published() == {}
    assert not world.reader.pin(world.binding, (D1,)).exists
    assert world.rows() == []


def test_a_publish_makes_rows_and_their_generation_visible(make: Make) -> None:
    """After a publish readers see the rows, and the generation says what made them."""
    world = make().prepare()
    assert world.run({D1: rows_of(D1, "a", "b")}) == ["published"]
    generation = world.published()[D1]
    assert (generation.number, generation.fingerprint) == (1, fingerprint("v1").value)
    assert generation.parts == fingerprint("v1")
    assert generation.is_intact
    assert world.rows() == [*rows_of(D1, "a"), *rows_of(D1, "b")]


def test_publishing_again_replaces_only_its_own_intervals(make: Make) -> None:
    """A second generation takes the place of the first, and other intervals stay."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    assert world.run({D1: rows_of(D1, "c")}, code="v2") == ["published"]
    assert world.rows() == [*rows_of(D1, "c"), *rows_of(D2, "b")]
    assert {i: g.number for i, g in world.published().items()} == {D1: 2, D2: 1}


def test_an_interval_without_files_is_emptied_and_gets_its_generation(make: Make) -> None:
    """Zero rows is a result like any other: the old ones go, and the interval counts as made."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    assert world.run({D1: []}, code="v2") == ["published"]
    assert world.rows() == rows_of(D2, "b")
    assert world.published()[D1].number == 2
    assert world.published()[D1].is_intact


def test_a_zombie_cannot_overwrite_a_newer_generation(make: Make) -> None:
    """An attempt that planned on an older generation publishes nothing and says so."""
    world = make().prepare()
    zombie = world.stage({D1: rows_of(D1, "old")}, code="v1")
    world.run({D1: rows_of(D1, "new")}, code="v2")
    (receipt,) = world.publish(zombie)
    assert (receipt.outcome, receipt.generation.number) == ("retry", 1)
    assert world.rows() == rows_of(D1, "new")


def test_a_loser_with_the_same_fingerprint_is_unchanged(make: Make) -> None:
    """Who finds published what it would have published has nothing to do."""
    world = make().prepare()
    second = world.stage({D1: rows_of(D1, "a")})
    world.run({D1: rows_of(D1, "a")})
    assert [r.outcome for r in world.publish(second)] == ["unchanged"]


def test_an_unknown_fingerprint_is_never_unchanged(make: Make) -> None:
    """Who does not know what it was made of cannot call another's result its own."""
    unknown = fingerprint("v1").__class__(code="a", contract="b", checks="c", parameters="d", inputs=None)
    world = make().prepare()
    second = world.stage({D1: rows_of(D1, "a")}, code=unknown)
    world.publish(world.stage({D1: rows_of(D1, "a")}, code=unknown))
    assert [r.outcome for r in world.publish(second)] == ["retry"]


def test_publishing_the_same_stage_twice_is_one_generation(make: Make) -> None:
    """A call that is repeated after its reply was lost finds itself, also without files."""
    world = make().prepare()
    audited = world.stage({D1: rows_of(D1, "a"), D2: []})
    for _ in range(2):
        assert [r.outcome for r in world.publish(audited)] == ["published", "published"]
    assert {g.number for g in world.published().values()} == {1}


def test_two_runs_of_an_empty_interval_have_one_winner(make: Make) -> None:
    """Two results without files look alike, and still only one of them was published."""
    world = make().prepare()
    first, second = (world.stage({D1: []}) for _ in range(2))
    assert [r.outcome for r in world.publish(first)] == ["published"]
    assert [r.outcome for r in world.publish(second)] == ["unchanged"]


def test_of_several_intervals_the_lost_ones_stay_lost(make: Make) -> None:
    """One commit publishes what is still open; what somebody else has published stays theirs."""
    world = make().prepare()
    audited = world.stage({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    world.run({D1: rows_of(D1, "theirs")}, code="theirs")
    assert [r.outcome for r in world.publish(audited)] == ["retry", "published"]
    assert world.rows() == [*rows_of(D1, "theirs"), *rows_of(D2, "b")]


def test_a_whole_table_is_replaced_whole(make: Make) -> None:
    """A job without intervals replaces every row, whatever its day."""
    world = make(whole(), grain=None).prepare()
    world.run({WHOLE: [*rows_of(D1, "a"), *rows_of(D2, "b")]})
    world.run({WHOLE: rows_of(D2, "c")}, code="v2")
    assert world.rows() == rows_of(D2, "c")
    assert world.published()[WHOLE].number == 2


def test_a_table_that_is_not_partitioned_replaces_by_the_stages_paths(make: Make) -> None:
    """Without a DATE partition an interval's live files are those under its own label."""
    world = make(by_path()).prepare()
    at = D1.start
    world.run({D1: [(at, "a", 1)], D2: [(D2.start, "b", 1)]})
    world.run({D1: [(at, "c", 1)]}, code="v2")
    assert [row[1] for row in world.rows()] == ["c", "b"]
    world.run({D1: []}, code="v3")
    assert [row[1] for row in world.rows()] == ["b"]
    assert world.published()[D1].is_intact


def test_hostile_partition_values_come_back_as_they_were(make: Make) -> None:
    """Strings that mean something to paths, URIs or SQL are only strings, NULL is NULL; and replaced."""
    world = make(by_day(partition_by=("day", "name"))).prepare()
    rows = [(D1.first_day, name, n) for n, name in enumerate([*HOSTILE, None])]
    for code in ("v1", "v2"):
        assert world.run({D1: rows}, code=code) == ["published"]
        assert world.rows() == sorted(rows, key=repr)
        assert world.published()[D1].is_intact


@pytest.mark.parametrize("earlier", [False, True], ids=["first", "later"])
def test_of_concurrent_runs_exactly_one_publishes(make: Make, earlier: bool) -> None:
    """Threads that publish the same interval at once: one winner, no row doubled."""
    world = make().prepare()
    if earlier:
        world.run({D1: rows_of(D1, "old")}, code="v0")
    stages = [world.stage({D1: rows_of(D1, f"run{n}")}, code=f"v{n % 2 + 1}") for n in range(4)]
    outcomes = _at_once([lambda audited=audited: world.publish(audited) for audited in stages])
    assert sorted(outcomes).count("published") == 1
    (row,) = world.rows()
    assert row[1] == f"run{outcomes.index('published')}"
    same = outcomes.index("published") % 2
    assert all((o != "retry") == (n % 2 == same) for n, o in enumerate(outcomes))


def test_other_intervals_at_once_all_succeed(make: Make) -> None:
    """Runs that have nothing to do with one another do not make each other lose."""
    world = make().prepare()
    days = [_nth_day(n) for n in range(6)]
    stages = [world.stage({each: rows_of(each, "a")}) for each in days]
    outcomes = _at_once([lambda audited=audited: world.publish(audited) for audited in stages])
    assert outcomes == ["published"] * 6
    assert len(world.rows()) == 6


def test_what_was_checked_with_the_whole_table_is_published_on_that_version(make: Make) -> None:
    """A verdict on the table is true of one version: nothing came in between, so it is published."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "a")})
    audited = seen(world.stage({D2: rows_of(D2, "b")}), world.version(), D2)
    for _ in range(2):
        assert [r.outcome for r in world.publish(audited)] == ["published"]
    assert world.rows() == [*rows_of(D1, "a"), *rows_of(D2, "b")]


def test_a_table_that_changed_since_it_was_checked_is_not_published_to(make: Make) -> None:
    """Another interval, published since the verdict, may break it: nothing is published, try again."""
    world = make().prepare()
    audited = seen(world.stage({D1: rows_of(D1, "a")}), world.version(), D1)
    world.run({D2: rows_of(D2, "b")})
    with pytest.raises(RetryError, match="the table changed since it was checked"):
        world.publish(audited)
    assert world.rows() == rows_of(D2, "b")


def test_a_part_of_what_was_checked_together_is_not_published(make: Make) -> None:
    """An interval that another run published before the look would be missing in what was checked."""
    world = make().prepare()
    audited = world.stage({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    world.run({D1: rows_of(D1, "theirs")}, code="v2")
    with pytest.raises(RetryError, match="has published a part"):
        world.publish(seen(audited, world.version(), D1, D2))
    assert world.rows() == rows_of(D1, "theirs")


def test_a_loser_that_was_checked_with_the_table_still_learns_that_it_is_current(make: Make) -> None:
    """When another run has published the same, there is nothing to insist on."""
    world = make().prepare()
    audited = seen(world.stage({D1: rows_of(D1, "a")}), world.version(), D1)
    world.run({D1: rows_of(D1, "a")})
    assert [r.outcome for r in world.publish(audited)] == ["unchanged"]


def test_of_runs_that_were_checked_with_the_same_table_one_publishes(make: Make) -> None:
    """Rows of two intervals may collide though each fits into the table: never are both published."""
    world = make().prepare()
    for n in range(8):
        first, second = day(f"2014-01-{2 * n + 1:02}"), day(f"2014-01-{2 * n + 2:02}")
        version = world.version()
        runs = [seen(world.stage({i: rows_of(i, "same key")}), version, i) for i in (first, second)]
        outcomes = _at_once([lambda run=run: world.publish(run) for run in runs])
        assert sorted(outcome.partition("(")[0] for outcome in outcomes) == ["RetryError", "published"]
        assert len(world.published(first, second)) == 1


def test_a_new_column_does_not_look_like_another_writer(make: Make) -> None:
    """The widening of the table is the publish's own, so that it goes on."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "a")})
    wider = by_day(schema="day DATE NOT NULL, name STRING, amount BIGINT, more STRING")
    world.prepare(output=wider)
    rows = [(*row, "x") for row in rows_of(D2, "b")]
    audited = world.stage({D2: rows}, output=wider)
    assert [r.outcome for r in world.publish(seen(audited, world.version(), D2))] == ["published"]


def test_a_run_that_is_not_wanted_publishes_nothing(make: Make) -> None:
    """SIGTERM before the commit: nothing is published."""
    world = make().prepare()
    audited = world.stage({D1: rows_of(D1, "a")})

    def not_wanted() -> None:
        raise RetryError("stopped")

    with pytest.raises(RetryError, match="stopped"):
        world.publisher.publish(world.prepared, audited, audited.publishable, wanted=not_wanted)
    assert world.rows() == []


@pytest.mark.parametrize("damage", ["gone", "truncated"])
def test_a_lost_staged_file_is_found_before_the_commit(make: Make, damage: str) -> None:
    """A file that is gone or shorter than when it was audited is never published."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "old")}, code="v0")
    audited = world.stage({D1: rows_of(D1, "a")})
    path = audited.staged.files[0].path
    world.put(path, None if damage == "gone" else world.read(path)[:-1])
    with pytest.raises(StageLostError, match=r"is gone|bytes instead of"):
        world.publish(audited)
    assert world.rows() == rows_of(D1, "old")


def test_a_stage_that_is_being_cleaned_is_not_published(make: Make) -> None:
    """Publish and clean compete for the fate; who comes second leaves the stage alone."""
    world = make().prepare()
    audited = world.stage({D1: rows_of(D1, "a")})
    world.put(f"{audited.staged.directory}/_fate", b'{"fate": "clean"}')
    with pytest.raises(StageLostError, match="cleaned up"):
        world.publish(audited)
    assert world.rows() == []


def test_a_stage_older_than_half_the_retention_is_not_published(make: Make) -> None:
    """A VACUUM may take unreferenced files that are old; what is left of them is not published."""
    world = make().prepare()
    audited = world.stage({D1: rows_of(D1, "a")})
    for file in audited.staged.files:
        world.age(file.path, datetime(2023, 11, 14, tzinfo=UTC))
    with pytest.raises(StageLostError, match="more than 3 days, 12:00:00 ago"):
        world.publish(audited)
    assert world.rows() == []


def test_a_table_that_is_not_the_prepared_one_is_left_alone(make: Make) -> None:
    """A dropped table takes its generations along: what was planned on it is not published."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "a")})
    audited = world.stage({D1: rows_of(D1, "b")}, code="v2")
    world.drop()
    with pytest.raises(RetryError, match="the table was dropped"):
        world.publish(audited)
    before, world.prepared = world.prepared, world.prepare().prepared
    assert before != world.prepared
    with pytest.raises(RetryError, match="since it was planned"):
        world.publish(audited)
    world.prepared = before
    with pytest.raises(RetryError, match="created anew"):
        world.publish(audited)
    assert world.rows() == []


def test_what_a_foreign_hand_changed_is_never_unchanged(make: Make) -> None:
    """Rows that another run published and somebody then deleted are not what we would have made."""
    world = make().prepare()
    second = world.stage({D1: rows_of(D1, "a", "b")})
    world.run({D1: rows_of(D1, "a", "b")})
    world.delete(D1, "a")
    assert not world.published()[D1].is_intact
    assert [r.outcome for r in world.publish(second)] == ["retry"]


def test_what_an_interval_lost_in_the_audit_is_not_published(make: Make) -> None:
    """Publishing takes no target that the audit has not let through."""
    world = make().prepare()
    audited, other = world.stage({D1: rows_of(D1, "a")}), world.stage({D2: rows_of(D2, "b")})
    with pytest.raises(FailedError, match="not publishable"):
        world.publish(audited, other.publishable)
    assert world.rows() == []


def test_a_table_of_another_owner_is_refused(make: Make) -> None:
    """A dataset has one owner; a second project does not publish to it."""
    world = make().prepare()
    with pytest.raises(MisconfiguredError):
        world.prepare(owner="somebody else")
    world.prepare()


def test_a_new_column_is_added_and_another_type_is_not(make: Make) -> None:
    """The schema is only widened, and old rows have NULL in the new column: so it is nullable at first."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "a")})
    strict = by_day(schema="day DATE NOT NULL, name STRING, amount BIGINT, extra STRING NOT NULL")
    with pytest.raises(MisconfiguredError, match="extra is new and NOT NULL"):
        world.prepare(output=strict)
    wider = by_day(schema="day DATE NOT NULL, name STRING, amount BIGINT, extra STRING")
    world.prepare(output=wider)
    audited = world.stage({D2: [(D2.first_day, "b", 1, "new")]}, output=wider)
    assert [r.outcome for r in world.publish(audited)] == ["published"]
    assert [row[3] if len(row) > 3 else None for row in world.rows()] == [None, "new"]
    world.prepare(output=strict)
    for schema in (
        "day DATE, name STRING, amount DOUBLE, extra STRING",
        "day DATE, name STRING, extra STRING",
    ):
        with pytest.raises(MisconfiguredError):
            world.prepare(output=by_day(schema=schema))


def test_a_pin_has_the_generations_of_its_version(make: Make) -> None:
    """What is pinned stays, however the dataset moves on."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "a")})
    before = world.reader.pin(world.binding, (D1, D2))
    world.run({D1: rows_of(D1, "b")}, code="v2")
    after = world.reader.pin(world.binding, (D1, D2))
    assert before.generations == {D1: 1}
    assert after.generations == {D1: 2}
    assert before.read_version != after.read_version


def test_a_run_without_targets_does_nothing(make: Make) -> None:
    """When every interval was rejected there is nothing to publish."""
    world = make().prepare()
    audited = world.stage({D1: rows_of(D1, "a")})
    assert world.publish(audited, ()) == ()
    assert world.published() == {}


def _nth_day(n: int) -> Interval:
    return day(f"2013-02-{n + 1:02}")


def _at_once(calls: list[Callable[[], tuple]]) -> list[str]:
    """The first outcome of each call, made at the same moment from threads."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[object] = [None] * len(calls)

    def call(n: int) -> None:
        barrier.wait()
        try:
            outcomes[n] = calls[n]()[0].outcome
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            outcomes[n] = repr(error)

    threads = [threading.Thread(target=call, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [str(outcome) for outcome in outcomes]
