"""`compact` joins small files: the same rows, the same generation, for every reader."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework import Interval
from framework.audit.audit import reaudit_footers
from framework.audit.identical import are_same_rows, are_same_values
from framework.environment.location import Location
from framework.environment.objects import copy_object, put_object
from framework.interval import WHOLE
from framework.outcome import Outcome
from framework.publish.delta.bins import pack
from framework.publish.delta.compaction import commit, join, look
from framework.publish.protocol import StageLostError
from framework.publish.rewrite import UnlikeError, rewrite
from framework.stage.staged import Merge
from framework.tables.delta.live import LiveFile
from framework.tables.delta.log import Log
from tests.storage import trio
from tests.storage.lake import D1, D2, GOOD, Lake, make_lake
from tests.storage.publishing import (
    World,
    by_day,
    by_path,
    delta_world,
    make_of,
    rows_of,
    whole,
)

NAN = float("nan")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Two days, of each four files in the first output."""
    lake = make_lake(tmp_path)
    lake.run(1)
    _publish_parts(lake, D1, 4)
    _publish_parts(lake, D2, 4)
    return lake


def _publish_parts(lake: Lake, interval: Interval, parts: int) -> None:
    """One interval in as many files as a job that writes many makes."""
    staged = lake.stage(GOOD, {interval: [(interval.first_day, 0, 7)]})
    files = []
    for number in range(parts):
        path = staged.files[0].path.replace("part-", f"part-{number}-")
        schema = pa.schema([("day", pa.date32()), ("sensor", pa.int32()), ("v", pa.int32())])
        rows = {
            "day": [interval.first_day] * 3,
            "sensor": [number * 3 + n for n in range(3)],
            "v": [1, None, 3],
        }
        content = BytesIO()
        pq.write_table(pa.table(rows, schema=schema), content)
        put_object(staged.binding.location, path, content.getvalue())
        files.append(replace(staged.files[0], path=path, size=len(content.getvalue())))
    (receipt,) = lake.publish(replace(staged, files=tuple(files)))
    assert receipt.outcome == "published"


def _live(lake: Lake) -> int:
    return len(lake.world(GOOD).delta().file_uris())


def test_small_files_become_one_and_nothing_else_changes(lake: Lake) -> None:
    """Rows, generations and fingerprints stay, no job runs for it, and readers of the data see no change."""
    world = lake.world(GOOD)
    before, rows, pin = world.published(D1, D2), world.rows(), world.reader.pin(world.binding, ())
    dry = lake.call("compact", f"dataset:{GOOD}", "--dry-run")
    assert "8 files would be compacted" in dry.out, dry.err
    assert _live(lake) == 8
    ended = lake.call("compact", "split")
    assert (ended.code, "→ 2 files" in ended.out) == (0, True), ended.out + ended.err
    assert _live(lake) == 2
    assert world.rows() == rows
    after = world.published(D1, D2)
    for interval in (D1, D2):
        kept = (before[interval].number, before[interval].fingerprint)
        assert (after[interval].number, after[interval].fingerprint) == kept
        assert after[interval].is_intact
    assert world.reader.pin(world.binding, ()).version == pin.version, "nobody who reads it whole runs again"
    commit_ = next(iter(Log(world.binding.location, world.version()).newest_first(1)))
    assert not commit_.changes_data
    assert lake.plan().is_idle
    again = lake.call("compact", "split")
    assert "nothing to compact" in again.out


def test_all_tables_are_to_be_asked_for(lake: Lake) -> None:
    """As with `run`; only looking is for all by itself."""
    refused = lake.call("compact")
    assert (refused.code, "sparkjob compact --all" in refused.err) == (64, True)
    assert lake.call("compact", "split", "--all").code == 64
    assert "8 files would be compacted" in lake.call("compact", "--dry-run").out
    assert "→ 2 files" in lake.call("compact", "--all").out


def test_an_interval_can_be_published_rolled_back_and_cleaned_after_it(lake: Lake) -> None:
    """A compacted generation is one like any other to what comes after."""
    assert lake.call("compact", f"dataset:{GOOD}").code == 0
    lake.publish(lake.stage(GOOD, {D1: [(D1.first_day, 0, 5)]}))
    assert lake.values(GOOD)["2013-01-01"] == {5}
    assert lake.call("rollback", f"dataset:{GOOD}", "--interval", "2013-01-01", "--to", "2").code == 0
    assert lake.values(GOOD)["2013-01-01"] == {1, None, 3}
    assert lake.call("clean", "split", "--yes").code == 0
    assert all(each.is_intact for each in lake.world(GOOD).published(D1, D2).values())


def test_what_somebody_else_changed_is_left_alone(lake: Lake) -> None:
    """Its hash would come to say that the foreign rows are ours."""
    lake.world(GOOD).delta().delete("sensor = 1 AND day = '2013-01-01'")
    ended = lake.call("compact", f"dataset:{GOOD}")
    assert "2013-01-01 was changed by somebody else" in ended.out
    published = lake.world(GOOD).published(D1, D2)
    assert (published[D1].is_intact, published[D2].is_intact) == (False, True)


def _bins(world: World, target: int = 128_000_000) -> object:
    return look(world.binding, None, target)


@pytest.mark.parametrize("between", ["another interval", "the same interval", "dropped"])
def test_a_publish_meanwhile_loses_nothing(lake: Lake, between: str) -> None:
    """What was published anew since is left alone; the rest is compacted on the version of then."""
    world = lake.world(GOOD)
    schema = world.output.schema
    assert schema is not None
    found = look(world.binding, None, 128_000_000)
    assert found is not None
    joined, _ = join(world.binding, found.bins, "compact-1")
    moved = D2 if between == "another interval" else D1
    if between == "dropped":
        world.drop()
        lake.publish(lake.stage(GOOD, {D1: [(D1.first_day, 0, 5)]}))
        with pytest.raises(Exception, match="dropped"):
            commit(world.binding, schema, found.table_id, joined, stage_id="compact-1", wanted=lambda: None)
        return
    lake.publish(lake.stage(GOOD, {moved: [(moved.first_day, 0, 5)]}))
    done = commit(world.binding, schema, found.table_id, joined, stage_id="compact-1", wanted=lambda: None)
    assert [each.bin.interval for each in done] == [D1 if moved == D2 else D2]
    assert lake.values(GOOD)[moved.label] == {5}
    assert all(each.is_intact for each in world.published(D1, D2).values())


@pytest.mark.parametrize("lost", ["gone", "old"])
def test_new_files_that_were_or_may_be_removed_are_never_committed(lake: Lake, lost: str) -> None:
    """Who slept between writing and committing finds the files gone, or so old that VACUUM may take them."""
    world = lake.world(GOOD)
    schema, found = world.output.schema, look(world.binding, None, 128_000_000)
    assert schema is not None
    assert found is not None
    joined, _ = join(world.binding, found.bins, "compact-1")
    if lost == "gone":
        world.put(joined[0].path, None)
    else:
        world.age(joined[0].path, datetime.now(UTC) - timedelta(days=4))
    with pytest.raises(StageLostError):
        commit(world.binding, schema, found.table_id, joined, stage_id="compact-1", wanted=lambda: None)
    assert all(each.is_intact for each in world.published(D1, D2).values())
    assert _live(lake) == 8


@pytest.mark.parametrize("kind", ["by path", "whole", "by day and name"])
@pytest.mark.parametrize("place", ["delta", "delta on S3"])
def test_every_layout(request: pytest.FixtureRequest, tmp_path: Path, kind: str, place: str) -> None:
    """Intervals that are told by paths, whole tables, and tables with several partition columns."""
    request.param = place
    make = make_of(request, tmp_path)
    if kind == "by path":
        world = make(by_path()).prepare()
        moment = datetime(2013, 1, 1, tzinfo=UTC)
        world.publish(_split(world, world.stage({D1: [(moment, "a", 1), (moment, "b", 2)]})))
    elif kind == "whole":
        world = make(whole(), grain=None).prepare()
        world.publish(_split(world, world.stage({WHOLE: [(date(2013, 1, 1), "a", 1), (None, "b", 2)]})))
    else:
        world = make(by_day(partition_by=("day", "name"))).prepare()
        world.publish(
            _split(world, world.stage({D1: [*rows_of(D1, "a", "a b=c"), (date(2013, 1, 1), None, 3)]}))
        )
    rows, files = world.rows(), len(world.delta().file_uris())
    found = look(world.binding, None, 1_000_000)
    assert found is not None
    schema = world.output.schema
    assert schema is not None
    joined, _ = join(world.binding, found.bins, "compact-1")
    done = commit(world.binding, schema, found.table_id, joined, stage_id="compact-1", wanted=lambda: None)
    assert len(done) == len(found.bins) == files // 2
    assert world.rows() == rows
    assert len(world.delta().file_uris()) == files // 2
    assert all(each.is_intact for each in world.published().values())


def _split(world: World, audited: object) -> object:
    """Each staged file twice as many, of half of the rows each."""
    staged = audited.staged
    files = []
    for file in staged.files:
        rows = pq.read_table(BytesIO(world.read(file.path)))
        for number in range(2):
            part = rows.slice(number, 1) if rows.num_rows == 2 else rows.slice(0, 1 - number)
            content = BytesIO()
            pq.write_table(part, content)
            path = file.path.replace("part-", f"part-{number}-")
            world.put(path, content.getvalue())
            files.append(replace(file, path=path, size=len(content.getvalue())))
    return reaudit_footers(replace(staged, files=tuple(files)), ())


TYPES = pa.schema(
    [
        ("b", pa.bool_()),
        ("t", pa.int8()),
        ("l", pa.int64()),
        ("f", pa.float32()),
        ("d", pa.float64()),
        ("s", pa.string()),
        ("x", pa.binary()),
        ("n", pa.decimal128(9, 2)),
        ("w", pa.decimal128(38, 4)),
        ("day", pa.date32()),
        ("at", pa.timestamp("us", "UTC")),
        ("ntz", pa.timestamp("us")),
        ("a", pa.list_(pa.float64())),
        ("m", pa.map_(pa.string(), pa.list_(pa.int32()))),
        ("r", pa.struct([("p", pa.float64()), ("q", pa.list_(pa.string()))])),
    ]
)
ROW: Mapping[str, object] = {
    "b": True,
    "t": -1,
    "l": 1 << 62,
    "f": NAN,
    "d": -0.0,
    "s": "ä\0'",
    "x": b"\xff\x00",
    "n": Decimal("-1.10"),
    "w": Decimal("1234567890123456789012345678901234.5678"),
    "day": date(1, 1, 1),
    "at": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "ntz": datetime(1900, 1, 1),  # noqa: DTZ001 - without a zone
    "a": [NAN, None, 0.0],
    "m": [("k", [1, None]), ("l", None)],
    "r": {"p": NAN, "q": []},
}


def test_rows_of_every_type_are_the_same_afterwards(tmp_path: Path) -> None:
    """Bit by bit: NaN, -0.0, the ends of the calendar, NULLs in every depth."""
    location = Location(uri=str(tmp_path))
    tables = [
        pa.Table.from_pylist([ROW, dict.fromkeys(TYPES.names)], TYPES),
        pa.Table.from_pylist([], TYPES),
        pa.Table.from_pylist([{**ROW, "d": 0.0, "s": ""}] * 3, TYPES),
    ]
    for number, table in enumerate(tables):
        pq.write_table(table, tmp_path / f"{number}.parquet")
    size, footer = rewrite(location, ["0.parquet", "1.parquet", "2.parquet"], "new.parquet", partition={})
    assert (footer.num_rows, size) == (5, (tmp_path / "new.parquet").stat().st_size)
    new = pq.read_table(tmp_path / "new.parquet")
    assert new.schema.types == TYPES.types
    assert are_same_rows(tables, [new])
    changed = pa.Table.from_pylist([{**ROW, "r": {"p": NAN, "q": None}}], TYPES)
    assert not are_same_rows([tables[0].slice(0, 1)], [changed])


def test_a_column_that_was_added_is_null_in_older_files(tmp_path: Path) -> None:
    """As every reader has it; unlike types, and a partition column in one file alone, are not joined."""
    location = Location(uri=str(tmp_path))
    for name, rows in {"old": {"a": [1]}, "new": {"a": [2], "b": ["x"]}, "other": {"a": ["2"]}}.items():
        pq.write_table(pa.table(rows), tmp_path / f"{name}.parquet")
    rewrite(location, ["old.parquet", "new.parquet"], "both.parquet", partition={})
    assert pq.read_table(tmp_path / "both.parquet").to_pylist() == [{"a": 1, "b": None}, {"a": 2, "b": "x"}]
    for unlike, partition in (
        (["old.parquet", "other.parquet"], {}),
        (["old.parquet", "new.parquet"], {"b": "x"}),
    ):
        with pytest.raises(UnlikeError):
            rewrite(location, unlike, "none.parquet", partition=partition)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([1.0], [1.5]),
        ([NAN], [None]),
        ([0.0], [-0.0]),
        ([[1.0]], [[1.0, None]]),
        ([None], [[]]),
        ([1, 2], [2, 1]),
    ],
)
def test_other_values_are_seen(old: list[object], new: list[object]) -> None:
    """The comparison fails for what an equality of NULLs, NaNs or zeros would pass."""
    type_ = pa.array([*old, *new]).type
    assert are_same_values(pa.array(old, type_), pa.array(old, type_))
    assert not are_same_values(pa.array(old, type_), pa.array(new, type_))


@given(st.lists(st.integers(min_value=0, max_value=30), max_size=40))
def test_packing_is_done_after_once(sizes: list[int]) -> None:
    """No bin is too large, no two bins fit into one, no file is in two, and a second pass finds nothing."""
    files = [LiveFile(path=f"{number:03}", size=size) for number, size in enumerate(sizes)]
    bins = pack({D1: files}, {file.path: {} for file in files}, target=20)
    assert all(len(each.files) > 1 and each.size <= 20 for each in bins)
    taken = [file.path for each in bins for file in each.files]
    assert len(taken) == len(set(taken))
    left = [file for file in files if file.path not in taken]
    joined = [LiveFile(path=f"new-{n}", size=each.size) for n, each in enumerate(bins)]
    after = [*left, *joined]
    assert pack({D1: after}, {file.path: {} for file in after}, target=20) == []


def test_statistics_are_those_that_we_write(tmp_path: Path) -> None:
    """No bounds of floats, where a NaN may be; exact counts, from which `count(*)` is answered."""
    output = by_day(schema="day DATE NOT NULL, name STRING, amount DOUBLE")
    world = delta_world(tmp_path, output).prepare()
    world.publish(_split(world, world.stage({D1: [(D1.first_day, "a", NAN), (D1.first_day, "b", 1.0)]})))
    found = look(world.binding, None, 1_000_000)
    assert found is not None
    assert output.schema is not None
    joined, _ = join(world.binding, found.bins, "compact-1")
    commit(world.binding, output.schema, found.table_id, joined, stage_id="compact-1", wanted=lambda: None)
    newest = next(iter(Log(world.binding.location, world.version()).newest_first(1)))
    (added,) = newest.added
    assert json.loads(str(added["stats"])) == {
        "numRecords": 2,
        "minValues": {"name": "a"},
        "maxValues": {"name": "b"},
        "nullCount": {"name": 0},
    }
    assert added["dataChange"] is False


def test_a_table_into_which_rows_are_merged_is_joined_as_one(tmp_path: Path) -> None:
    """Its intervals share files, and are as they were left afterwards."""
    output = by_day(key="name", sequence_by="day", mode="merge")
    world = delta_world(tmp_path, output).prepare()
    for interval, name in ((D1, "a"), (D2, "b")):
        audited = world.stage({interval: rows_of(interval, name)})
        merge = Merge(version=world.version(), replaces=())
        world.publish(reaudit_footers(replace(audited.staged, merge=merge), ()))
    rows, before = world.rows(), world.published(D1, D2)
    found = look(world.binding, None, 1_000_000)
    assert found is not None
    assert output.schema is not None
    joined, _ = join(world.binding, found.bins, "compact-1")
    done = commit(
        world.binding, output.schema, found.table_id, joined, stage_id="compact-1", wanted=lambda: None
    )
    assert [len(each.bin.files) for each in done] == [2]
    assert world.rows() == rows
    after = world.published(D1, D2)
    for interval in (D1, D2):
        assert (after[interval].number, after[interval].is_intact) == (before[interval].number, True)


def test_a_run_of_several_outputs_does_not_notice(tmp_path: Path) -> None:
    """One that was planned before another of its tables was compacted publishes all that it made."""
    world = trio.delta(tmp_path)
    before = world.stage()
    ready = before.outputs[1]
    staged, file = ready.audited.staged, ready.audited.staged.files[0]
    twin = replace(file, path=file.path.replace("part-", "part-twin-"))
    copy_object(staged.binding.location, file.path, twin.path)
    audited = reaudit_footers(replace(staged, files=(file, twin)), ())
    outputs = (before.outputs[0], replace(ready, audited=audited), before.outputs[2])
    replace(before, outputs=outputs).publish()
    ours = world.stage("v2", v=2)
    found = look(staged.binding, None, 100_000)
    assert found is not None
    assert staged.output.schema is not None
    joined, _ = join(staged.binding, found.bins, "compact-1")
    assert commit(
        staged.binding,
        staged.output.schema,
        found.table_id,
        joined,
        stage_id="compact-1",
        wanted=lambda: None,
    )
    assert ours.publish() == {D1: Outcome.PUBLISHED}
    assert world.made_by() == [ours.stage_id] * 3
