"""What the Delta publisher promises beyond the shared suite: other writers, other tables, the log."""

import json
import shutil
import threading
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from framework.errors import FailedError, MisconfiguredError, RetryError
from framework.interval import Interval
from framework.publish.delta import publication
from framework.publish.delta.features import refusals
from framework.tables.delta.log import Log
from framework.tables.delta.names import app_id
from tests.storage.publishing import (
    D1,
    D2,
    World,
    by_day,
    by_path,
    day,
    delta_world,
    make_of,
    rows_of,
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty table by day."""
    return delta_world(tmp_path).prepare()


@pytest.fixture(params=["delta", "delta on S3"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """The same on a disk, and on S3."""
    return make_of(request, tmp_path)().prepare()


def _append(world: World, name: str, day: date = D1.first_day) -> None:
    """A foreign append: another engine's files and paths."""
    schema = pa.schema([("day", pa.date32()), ("name", pa.string()), ("amount", pa.int64())])
    uri, options = world.binding.location.for_deltalake
    rows = pa.Table.from_pylist([{"day": day, "name": name, "amount": 9}], schema=schema)
    write_deltalake(uri, rows, mode="append", storage_options=options or None)


def _log(world: World) -> list[Path]:
    return sorted(Path(world.binding.location.uri, "_delta_log").glob("*.json"))


def test_foreign_writers_between_plan_and_publish_double_no_row(anywhere: World) -> None:
    """An OPTIMIZE, and appends to this and another day, after the plan: the day is replaced, whole."""
    anywhere.run({D1: rows_of(D1, "old")})
    anywhere.run({D2: rows_of(D2, "other")})
    audited = anywhere.stage({D1: rows_of(D1, "new")}, code="v2")
    _append(anywhere, "foreign")
    _append(anywhere, "foreign", D2.first_day)
    anywhere.delta().optimize.compact()
    assert [r.outcome for r in anywhere.publish(audited)] == ["published"]
    assert [row[1] for row in anywhere.rows()] == ["new", "foreign", "other"]
    assert anywhere.published()[D1].is_intact
    assert not anywhere.published()[D2].is_intact


def test_a_foreign_delete_is_seen(anywhere: World) -> None:
    """The live files are compared with the published ones, so that the next plan notices."""
    anywhere.run({D1: rows_of(D1, "a", "b")})
    anywhere.delta().delete("name = 'a'")
    assert not anywhere.published()[D1].is_intact


def test_a_restored_table_keeps_its_numbers_and_is_not_intact(anywhere: World) -> None:
    """RESTORE brings older rows back under the newest generation number; the files give it away."""
    anywhere.run({D1: rows_of(D1, "a")})
    anywhere.run({D1: rows_of(D1, "b")}, code="v2")
    anywhere.delta().restore(1)
    generation = anywhere.published()[D1]
    assert (generation.number, generation.is_intact) == (2, False)
    assert anywhere.run({D1: rows_of(D1, "c")}, code="v3") == ["published"]
    assert anywhere.rows() == rows_of(D1, "c")


def test_a_stage_of_another_engines_file_in_a_table_by_path_is_refused(tmp_path: Path) -> None:
    """Where paths tell the interval, a file without one may hold any rows: 64, naming it."""
    world = delta_world(tmp_path, by_path()).prepare()
    world.run({D1: [(D1.start, "a", 1)], D2: [(D2.start, "b", 1)]})
    world.delta().optimize.compact()
    with pytest.raises(MisconfiguredError, match="1 live files are not of any interval"):
        world.published()


@pytest.mark.parametrize("planned", ["first", "later"])
def test_a_table_created_anew_since_the_plan_is_left_alone(world: World, planned: str) -> None:
    """A dropped table takes its generations along: what was planned on it is not published."""
    if planned == "later":
        world.run({D1: rows_of(D1, "a")})
    audited = world.stage({D1: rows_of(D1, "b")}, code="v2")
    shutil.rmtree(Path(world.binding.location.uri, "_delta_log"))
    other = delta_world(Path(world.binding.location.uri).parent).prepare()
    with pytest.raises(RetryError, match="created anew"):
        world.publish(audited)
    assert other.rows() == []
    if planned == "later":
        with pytest.raises(RetryError, match="since it was planned"):
            other.publish(audited)


def test_racing_creations_make_one_table(tmp_path: Path) -> None:
    """Processes that create the table at once agree on its id."""
    worlds = [delta_world(tmp_path) for _ in range(6)]
    threads = [threading.Thread(target=world.prepare) for world in worlds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(_log(worlds[0])) == 1
    assert len({world.prepared.table_id for world in worlds}) == 1


def test_generations_outlive_the_log(world: World) -> None:
    """Numbers are in checkpoints; run id and fingerprint parts go with the commits, and are None."""
    days = [_nth_day(n) for n in range(12)]
    for each in days:
        world.run({each: rows_of(each, "a")})
    assert list(Path(world.binding.location.uri, "_delta_log").glob("*.checkpoint.parquet"))
    for commit in _log(world)[:9]:
        commit.unlink()
    first = world.published(*days)[days[0]]
    assert (first.number, first.is_intact) == (1, True)
    assert (first.run_id, first.parts) == (None, None)
    assert world.published(*days)[days[11]].run_id == "run"
    assert world.run({days[0]: rows_of(days[0], "b")}, code="v2") == ["published"]


def test_our_reading_of_the_log_is_deltalakes(world: World) -> None:
    """The transactions that are read in one pass equal those that deltalake looks up one by one."""
    days = [_nth_day(n) for n in range(6)]
    for each in days:
        world.run({each: rows_of(each, "a")})
        world.run({days[0]: rows_of(days[0], "b")}, code=str(each))
    table = world.delta()
    ids = [
        app_id("flights.daily", day, kept) for day in days for kept in ("generation", "files", "fingerprint")
    ]
    log = Log(world.binding.location, table.version())
    assert {each: log.transactions[each] for each in ids} == {
        each: table.transaction_version(each) for each in ids
    }


def test_an_optimize_does_not_change_what_an_input_is(world: World) -> None:
    """For a table that is not ours, the version that counts is the last one that changed data."""
    _append(world, "a")
    _append(world, "b")
    before = world.reader.pin(world.binding, ())
    world.delta().optimize.compact()
    after = world.reader.pin(world.binding, ())
    assert before.version == after.version
    assert before.read_version != after.read_version
    _append(world, "c")
    assert world.reader.pin(world.binding, ()).version != after.version


@pytest.mark.parametrize("damage", ["empty", "truncated", "missing", "nonsense"])
def test_a_corrupt_log_is_an_error_that_names_it(world: World, damage: str) -> None:
    """A log that cannot be read is never an empty table or an older one."""
    for code in ("v1", "v2"):
        world.run({D1: rows_of(D1, "a")}, code=code)
    commit = _log(world)[1 if damage == "missing" else -1]
    if damage == "missing":
        commit.unlink()
    else:
        text = commit.read_text()
        commit.write_text({"empty": "", "truncated": text[:-60], "nonsense": "{nonsense"}[damage])
    with pytest.raises(MisconfiguredError, match="Delta log") as caught:
        world.published()
    assert "\n" not in str(caught.value)
    assert caught.value.faults[0].hint


def test_a_table_that_sparkjob_did_not_make_is_named_with_the_way_out(tmp_path: Path) -> None:
    """An existing table is taken over on purpose only."""
    world = delta_world(tmp_path)
    _append(world, "a")
    with pytest.raises(MisconfiguredError, match="not made by sparkjob") as caught:
        world.prepare()
    assert "another location" in (caught.value.faults[0].hint or "")
    assert world.published() == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"output": by_day(partition_by=("day", "name"))}, "partitioned by"),
        ({"output": by_day(schema="day DATE, name STRING, amount INT")}, "amount is BIGINT in the table"),
        ({"output": by_day(schema="day DATE, Name STRING, amount BIGINT")}, "is written Name"),
        ({"output": by_day(schema="day DATE, name STRING, amount BIGINT, n TIMESTAMP_NTZ")}, "timestampNtz"),
        ({"zone": "Europe/Berlin"}, "time zone"),
        ({"owner": "others"}, 'belongs to the project "flights"'),
        ({"output": by_day(mode="merge", key="name", sequence_by="day", partition_by="day")}, "has the mode"),
    ],
)
def test_what_is_no_widening_is_refused_by_name(world: World, change: dict, said: str) -> None:
    """Owner, calendar, partitioning and types of a table stay, unless a person migrates it."""
    world.run({D1: []})
    with pytest.raises(MisconfiguredError, match=said):
        world.prepare(**change)
    world.prepare()


@pytest.mark.parametrize(
    "properties",
    [
        {"delta.appendOnly": "true"},
        {"delta.setTransactionRetentionDuration": "interval 1 day"},
    ],
)
def test_properties_that_break_publishing_are_refused(world: World, properties: dict) -> None:
    """Also when they are set between plan and publish."""
    audited = world.stage({D1: rows_of(D1, "a")})
    world.delta().alter.set_table_properties(properties)
    with pytest.raises(MisconfiguredError, match=next(iter(properties))):
        world.publish(audited)
    with pytest.raises(MisconfiguredError, match=next(iter(properties))):
        world.prepare()


def test_table_features_are_allowed_by_list() -> None:
    """A feature, a protocol or a column property that nobody has tried is refused by its name."""
    found = refusals(
        reader_version=2,
        writer_version=6,
        features=["timestampNtz", "rowTracking", "somethingNew"],
        configuration={"delta.columnMapping.mode": "name", "delta.appendOnly": "false"},
        fields=[
            {"name": "n", "metadata": {"delta.generationExpression": "1"}},
            {"name": "m", "metadata": {}},
        ],
    )
    assert [" ".join(each.split()[:4]) for each in found] == [
        "Delta reader version 2",
        "Delta writer version 6",
        "table feature rowTracking",
        "table feature somethingNew",
        "table property delta.columnMapping.mode=name (its",
        "column n with a",
    ]


def test_constraints_of_the_table_are_handed_to_the_audit(world: World) -> None:
    """A commit by deltalake takes rows that break a CHECK, so the audit has to know it."""
    assert world.publisher.constraints(world.prepared) == ()
    world.delta().alter.add_constraint({"positive": "amount > 0"})
    (constraint,) = world.publisher.constraints(world.prepared)
    assert (constraint.name, constraint.sql) == ("positive", "amount > 0")
    assert world.prepare().run({D1: rows_of(D1, "a")}) == ["published"]


def test_files_of_another_type_are_never_committed(world: World) -> None:
    """The commit does not look into files: a wider decimal would break every reader."""
    other = by_day(schema="day DATE NOT NULL, name STRING, amount INT")
    world.run({D2: rows_of(D2, "b")})  # before, the table would be asked whose columns it has
    audited = world.stage({D1: rows_of(D1, "a")}, output=other)
    with pytest.raises(FailedError, match="amount is int32, in the table int64"):
        world.publish(audited)
    assert world.rows() == rows_of(D2, "b")


def test_rows_staged_for_another_day_are_never_committed(world: World) -> None:
    """The commit does not compare files with its filter: rows outside would double on every run."""
    audited = world.stage({D1: rows_of(D2, "a")})
    with pytest.raises(FailedError, match="belong to another interval"):
        world.publish(audited)


def test_a_lost_reply_of_a_commit_is_a_publish(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of a commit says nothing: our own files are found in the log, and it was published."""
    commit = publication.commit

    def lose_reply(*arguments) -> None:
        commit(*arguments)
        raise OSError("connection reset")

    monkeypatch.setattr(publication, "commit", lose_reply)
    audited = world.stage({D1: rows_of(D1, "a"), D2: []})
    assert [r.outcome for r in world.publish(audited)] == ["published", "published"]
    assert len(_log(world)) == 2


def test_the_last_try_too_is_read_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four commits that failed, and a fifth that came to be although it said otherwise: published."""
    commit, tries = publication.commit, []

    def fail(*arguments) -> None:
        tries.append(arguments)
        if len(tries) == 5:
            commit(*arguments)
        raise OSError("connection reset")

    monkeypatch.setattr(publication, "commit", fail)
    assert world.run({D1: rows_of(D1, "a")}) == ["published"]
    assert len(tries) == 5
    assert len(_log(world)) == 2


def test_a_store_that_fails_every_commit_is_a_retry(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few tries it is 75, and nothing was published."""

    def fail(*_) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(publication, "commit", fail)
    with pytest.raises(RetryError, match="no space left"):
        world.run({D1: rows_of(D1, "a")})
    assert world.rows() == []


def test_another_app_id_in_the_same_version_does_not_hide_a_race(anywhere: World) -> None:
    """A commit of anybody makes ours look again: compare-and-set on the version, not on the id."""
    audited = anywhere.stage({D1: rows_of(D1, "a")})
    table = anywhere.delta()
    table.create_write_transaction(
        [],
        mode="append",
        schema=table.schema(),
        partition_by=["day"],
        commit_properties=CommitProperties(app_transactions=[Transaction("theirs", 1)]),
    )
    assert [r.outcome for r in anywhere.publish(audited)] == ["published"]


def test_comments_and_owner_are_in_the_table(tmp_path: Path) -> None:
    """Whoever looks at the table finds whose it is and what its columns mean; all are nullable."""
    output = by_day(schema="day DATE NOT NULL COMMENT 'of departure', name STRING")
    table: DeltaTable = delta_world(tmp_path, output).prepare().delta()
    fields = json.loads(table.schema().to_json())["fields"]
    assert fields[0]["metadata"] == {"comment": "of departure"}
    assert all(field["nullable"] for field in fields)
    assert table.metadata().configuration == {
        "delta.dataSkippingStatsColumns": "`name`",
        "sparkjob.owner": "flights",
        "sparkjob.grain": "day",
        "sparkjob.zone": "UTC",
        "sparkjob.dataset": "flights.daily",
        "sparkjob.time": "day",
    }


def _nth_day(n: int) -> Interval:
    return day(f"2013-03-{n + 1:02}")


def test_the_first_append_of_an_interval_removes_no_rows_of_others(tmp_path: Path) -> None:
    """Rows that somebody else has put where nothing was published yet are named, and stay."""
    world = delta_world(tmp_path, output=by_day(mode="append"))
    world.prepare()
    _append(world, "foreign")
    before = world.rows()
    with pytest.raises(MisconfiguredError, match="somebody else has written"):
        world.run({D1: rows_of(D1, "ours")})
    assert world.rows() == before
    assert world.run({D2: rows_of(D2, "ours")}) == ["published"]
