"""`adopt`: a Delta table that others made becomes a dataset's, as it lies."""

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, TableFeatures, write_deltalake

from framework.environment.objects import list_objects
from framework.interval import parse_interval
from framework.publish.delta.adoption import adopt, look
from framework.publish.identity import identity_of
from tests.storage.lake import BAD, D1, D2, GOOD, Lake, make_lake

SCHEMA = pa.schema([("day", pa.date32()), ("sensor", pa.int32()), ("v", pa.int32())])


def _rows(*days: str, v: int = 5) -> pa.Table:
    rows = [{"day": date.fromisoformat(day), "sensor": n, "v": v} for day in days for n in range(3)]
    return pa.Table.from_pylist(rows, SCHEMA)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A table of somebody else where `small.good` is to be, of two days; the other output is ours."""
    lake = make_lake(tmp_path)
    write_deltalake(lake.project.table(GOOD), _rows("2013-01-01"), partition_by=["day"])
    write_deltalake(lake.project.table(GOOD), _rows("2013-01-02"), mode="append")
    for interval in (D1, D2):
        lake.publish(lake.stage(BAD, {interval: [(interval.first_day, 1, 5)]}))
    return lake


def _objects(lake: Lake) -> list[str]:
    location = lake.workspace.environment.binding(GOOD).location
    return [each.path for each in list_objects(location) if each.path.endswith(".parquet")]


def test_it_is_shown_first_and_adopted_with_yes(lake: Lake) -> None:
    """No file is touched, every day gets its first generation, and again is no change."""
    before, files = lake.rows(GOOD), _objects(lake)
    dry = lake.call("adopt", GOOD)
    assert (dry.code, "2 intervals, 2 files would be adopted" in dry.out) == (0, True), dry.err
    assert lake.world(GOOD).published(D1, D2) == {}
    done = lake.call("adopt", GOOD, "--yes")
    assert done.code == 0, done.err
    assert f"sparkjob checks run {GOOD}" in done.out
    assert (lake.rows(GOOD), _objects(lake)) == (before, files)
    found = lake.world(GOOD).published(D1, D2)
    assert [(each.number, each.fingerprint, each.is_intact) for each in found.values()] == [(1, 0, True)] * 2
    version = lake.world(GOOD).version()
    assert "is a table of this project already" in lake.call("adopt", f"dataset:{GOOD}", "--yes").out
    assert lake.world(GOOD).version() == version


def test_machines_are_told_the_same(lake: Lake) -> None:
    """What would be adopted, what was, and that there is nothing left to do."""
    dry, done, again = (
        json.loads(lake.call("adopt", GOOD, "--json", *more).out) for more in ((), ("--yes",), ("--yes",))
    )
    assert dry.keys() == done.keys() == again.keys()
    assert [told["done"] for told in (dry, done, again)] == [False, True, False]
    assert [told["intervals"] for told in (dry, done, again)] == [2, 2, 0]
    assert (done["dataset"], done["files"], done["bytes"]) == (GOOD, 2, dry["bytes"])
    assert "the next run of split makes them anew" in done["next_run"]


def test_what_it_was_made_of_is_unknown_so_the_next_run_makes_it_anew(lake: Lake) -> None:
    """It is shown in the plan, and the run replaces the foreign files."""
    lake.call("adopt", GOOD, "--yes")
    assert not lake.plan().is_idle
    assert "made by another version" in lake.call("plan", "split").out
    lake.publish(lake.stage(GOOD, {D1: [(D1.first_day, 0, 7)]}))
    assert lake.values(GOOD) == {"2013-01-01": {7}, "2013-01-02": {5}}
    history = json.loads(lake.call("history", f"dataset:{GOOD}", "--json").out)
    assert [(e["generation"], e["fingerprint"] is None) for e in history] == [
        (2, False),
        (1, True),
        (1, True),
    ]


def test_a_killed_as_current_leaves_nothing_behind_that_counts(lake: Lake) -> None:
    """Plain `adopt` after it says that the next run makes the intervals anew, and so it is."""
    place = lake.project.table(GOOD)
    lake.call("adopt", GOOD, "--as-current", "--yes")
    # As it was between the two commits: the generations are there, the owner is not.
    log = DeltaTable(place)
    log.restore(log.version() - 1)
    assert "sparkjob.owner" not in DeltaTable(place).metadata().configuration
    assert lake.call("adopt", GOOD, "--yes").code == 0
    assert [each.fingerprint for each in lake.world(GOOD).published(D1, D2).values()] == [0, 0]
    assert not lake.plan().is_idle


def test_accepted_as_current_it_does_not_run_again(lake: Lake) -> None:
    """Until code or inputs change; and a rollback brings the adopted files back."""
    done = lake.call("adopt", GOOD, "--as-current", "--yes")
    assert done.code == 0, done.err
    assert lake.plan().is_idle
    lake.edit("jobs/split.py", 'F.col("v") + add', 'F.col("v") + 2 * add')
    assert "code changed" in lake.call("plan", "split").out
    lake.publish(lake.stage(GOOD, {D1: [(D1.first_day, 0, 7)]}))
    ended = lake.call("rollback", f"dataset:{GOOD}", "--interval", "2013-01-01", "--to", "1")
    assert ended.code == 0, ended.err
    assert lake.values(GOOD)["2013-01-01"] == {5}


def test_an_input_that_is_not_there_is_no_ground_to_accept_anything(lake: Lake) -> None:
    """What the job would read cannot be said."""
    (lake.project.root / ".data/raw/readings.csv").unlink()
    ended = lake.call("adopt", GOOD, "--as-current")
    assert (ended.code, "--as-current" in ended.err) == (64, True), ended.err


def test_killed_between_its_two_commits_it_is_adopted_again(lake: Lake) -> None:
    """The table is nobody's of ours then: a plan shows it as never published, and a run refuses it."""
    workspace = lake.workspace
    job, output = workspace.project.jobs["split"], lake.world(GOOD).output
    binding = workspace.environment.binding(GOOD)
    identity = identity_of(output, owner="small", grain="day", zone=job.timezone)
    found = look(output, binding, identity, grain="day")
    assert found is not None
    before = lake.world(GOOD).version()
    lake.call("adopt", GOOD, "--yes")
    # As after the first of them.
    lake.world(GOOD).delta().restore(before + 1, commit_properties=CommitProperties())
    assert lake.world(GOOD).published(D1, D2) == {}
    adopt(output, binding, identity, found, {}, run_id="again", grain="day")
    assert all(each.is_intact for each in lake.world(GOOD).published(D1, D2).values())


def test_a_foreign_commit_in_between_is_adopted_too(lake: Lake) -> None:
    """What is committed is said of the version on which it is committed."""
    workspace = lake.workspace
    output, binding = lake.world(GOOD).output, workspace.environment.binding(GOOD)
    identity = identity_of(output, owner="small", grain="day", zone="UTC")
    found = look(output, binding, identity, grain="day")
    assert found is not None
    write_deltalake(lake.project.table(GOOD), _rows("2013-01-02", "2013-01-03", v=6), mode="append")
    adopt(output, binding, identity, found, {}, run_id="run", grain="day")
    published = lake.world(GOOD).published(D1, D2, parse_interval("2013-01-03"))
    assert len(published) == 3
    assert all(each.is_intact for each in published.values())


def test_a_table_that_was_ours_goes_on_counting(lake: Lake) -> None:
    """Adopted, published, restored to before the adoption, adopted again: no number comes twice."""
    before = lake.world(GOOD).version()
    lake.call("adopt", GOOD, "--yes")
    lake.publish(lake.stage(GOOD, {D1: [(D1.first_day, 0, 7)]}))
    lake.world(GOOD).delta().restore(before)
    assert lake.world(GOOD).published(D1, D2) == {}
    assert lake.call("adopt", GOOD, "--yes").code == 0
    assert {i.label: g.number for i, g in lake.world(GOOD).published(D1, D2).items()} == {
        "2013-01-01": 3,
        "2013-01-02": 2,
    }
    assert lake.values(GOOD) == {"2013-01-01": {5}, "2013-01-02": {5}}


def _write(lake: Lake, table: pa.Table, **options: object) -> None:
    write_deltalake(lake.project.table(GOOD), table, mode="overwrite", schema_mode="overwrite", **options)


@pytest.mark.parametrize("obstacle", ["type", "column", "null day", "start", "partition", "feature", "owner"])
def test_what_is_in_the_way_is_named(lake: Lake, obstacle: str) -> None:
    """Nothing is committed, and the hint tells of the way by copying."""
    place = lake.project.table(GOOD)
    said = ""
    if obstacle == "type":
        _write(lake, _rows("2013-01-01").set_column(2, "v", pa.array(["x"] * 3)))
        said = "column v is STRING in the table and INT in the schema"
    elif obstacle == "column":
        _write(lake, _rows("2013-01-01").append_column("more", pa.array([1] * 3)))
        said = "column more of the table is not in the schema"
    elif obstacle == "null day":
        write_deltalake(
            place, pa.Table.from_pylist([{"day": None, "sensor": 1, "v": 1}], SCHEMA), mode="append"
        )
        said = "there are rows without day"
    elif obstacle == "start":
        write_deltalake(place, _rows("2012-12-31"), mode="append")
        said = "before the start of split"
    elif obstacle == "partition":
        lake.edit("jobs/split.py", '"small.good",', '"small.good", partition_by=("day", "sensor"),')
        said = "partitioned by (day), the output by (day, sensor)"
    elif obstacle == "feature":
        DeltaTable(place).alter.set_table_properties({"delta.appendOnly": "true"})
        said = "delta.appendOnly"
    else:
        DeltaTable(place).alter.set_table_properties({"sparkjob.owner": "another"}, raise_if_not_exists=False)
        said = 'belongs to the project "another"'
    version = DeltaTable(place).version()
    ended = lake.call("adopt", GOOD, "--yes")
    assert (ended.code, said in ended.err) == (64, True), ended.err
    assert DeltaTable(place).version() == version


def test_a_table_that_is_not_partitioned_by_its_day_is_copied_instead(tmp_path: Path) -> None:
    """Its files cannot be told apart; without a table there is nothing to adopt."""
    lake = make_lake(tmp_path)
    assert "there is no Delta table" in lake.call("adopt", GOOD).err
    write_deltalake(lake.project.table(GOOD), _rows("2013-01-01"))
    ended = lake.call("adopt", GOOD)
    assert (ended.code, "cannot be told apart" in ended.err) == (64, True), ended.err
    assert f"sparkjob adopt {GOOD} --from" in ended.err


@pytest.mark.parametrize("command", ["adopt", "migrate"])
@pytest.mark.parametrize("more", [(), ("--from", "elsewhere", "--yes")])
def test_merged_rows_are_not_taken_over(lake: Lake, command: str, more: tuple[str, ...]) -> None:
    """Said before anything is read or Spark is started, with the way: the job itself makes them."""
    lake.edit("jobs/split.py", 'key=("day", "sensor"),', 'key="sensor", sequence_by="v", mode="merge",')
    lake.edit("jobs/split.py", "batch=31,", "")
    ended = lake.call(command, GOOD, *more)
    assert ended.code == 64, ended.err
    assert 'small.good is made by mode "merge"' in ended.err
    assert "Hint: " in ended.err
    assert "sparkjob backfill split --interval" in ended.err


def test_the_features_of_a_table_stay_as_they_are(lake: Lake) -> None:
    """A feature that it did not need would lock out the readers that do not know it."""
    place = lake.project.table(GOOD)
    DeltaTable(place).alter.add_feature(
        TableFeatures.TimestampWithoutTimezone, allow_protocol_versions_increase=True
    )
    before = DeltaTable(place).protocol()
    ended = lake.call("adopt", GOOD, "--yes")
    assert ended.code == 0, ended.err
    assert DeltaTable(place).protocol() == before
    lake.publish(lake.stage(GOOD, {D1: [(D1.first_day, 0, 7)]}))
    assert lake.values(GOOD) == {"2013-01-01": {7}, "2013-01-02": {5}}
