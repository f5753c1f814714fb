"""What is Parquet's own: pointers that stay, claims, columns, and what a plain reader of the folder sees."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.environment.objects import list_objects
from framework.errors import MisconfiguredError, RetryError
from framework.generation import Pin
from framework.interval import WHOLE, Interval, parse_interval
from framework.publish.parquet.claim import claim
from framework.publish.parquet.publication import Publication
from framework.publish.parquet.publisher import ParquetPublisher
from framework.tables.parquet.names import folder_of, interval_of
from framework.tables.parquet.reader import ParquetReader
from framework.tables.parquet.table import open_table, read_names
from tests.s3.faulty import Fault
from tests.s3.serving import S3
from tests.storage.publishing import (
    D1,
    D2,
    D3,
    World,
    by_day,
    day,
    delta_world,
    parquet_world,
    rows_of,
    seen,
    whole,
)

WIDER = "day DATE NOT NULL, name STRING, amount BIGINT, {} STRING"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty table by day."""
    return parquet_world(tmp_path).prepare()


def _objects(world: World, below: str = "_published") -> list[str]:
    return [each.path for each in list_objects(world.binding.location, below)]


def test_a_plain_read_of_the_folder_finds_no_file(world: World) -> None:
    """Engines pass over names with an underscore: nobody reads two generations together by accident."""
    for code in ("v1", "v2"):
        world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")}, code=code)
    root = Path(world.binding.location.uri)
    assert {path.name for path in root.iterdir()} == {"_published", "_versions"}
    assert ds.dataset(root, format="parquet").files == []


def test_pointers_stay_and_name_the_files_of_their_generation(world: World) -> None:
    """A reader that is slow, or a rollback, finds every earlier generation."""
    for code in ("v1", "v2", "v3"):
        world.run({D1: rows_of(D1, code)}, code=code)
    table = open_table(world.binding.location)
    assert table is not None
    folder = f"_published/{table.id}/2013-01-01T000000Z_2013-01-02T000000Z"
    assert _objects(world, folder) == [f"{folder}/{n}.json" for n in (1, 2, 3)]
    pointers = [json.loads(world.read(f"{folder}/{n}.json")) for n in (1, 2, 3)]
    assert [(p["number"], p["rows"], len(p["files"])) for p in pointers] == [(n, 1, 1) for n in (1, 2, 3)]
    assert pointers[0]["interval"] == "2013-01-01T00:00:00Z/2013-01-02T00:00:00Z"
    (file,) = pointers[0]["files"]
    assert file["partition"] == {"day": "2013-01-01"}
    assert file["path"].startswith(f"_versions/{pointers[0]['stage_id']}/")
    assert len({file["path"] for pointer in pointers for file in pointer["files"]}) == 3


@pytest.mark.parametrize(
    "interval",
    [
        D1,
        WHOLE,
        parse_interval("2013-03", grain="month", zone="America/St_Johns"),
        next(parse_interval("2013-10-27", grain="hour", zone="Europe/Berlin").units()),
        next(parse_interval("0001-02-03").units()),
    ],
    ids=str,
)
def test_an_interval_s_folder_is_its_name(interval: Interval) -> None:
    """Canonical UTC bounds, without what Hadoop or a shell takes amiss, and read back as they were."""
    folder = folder_of(interval)
    assert not set(folder) & set(":/ %_") - {"_"}
    assert interval_of(folder, interval.grain, interval.zone) == interval


def test_other_names_in_the_pointers_folder_are_nobody_s(world: World) -> None:
    """What a copying program leaves there is neither a generation nor an interval."""
    world.run({D1: rows_of(D1, "a")})
    table = open_table(world.binding.location)
    assert table is not None
    place = table.place(folder_of(D1))
    for name in ("2.json.tmp", "02.json", "2.JSON", "two.json", "3.json/x"):
        world.put(f"{place}/{name}", b"{}")
    world.put(f"{table.place('2013')}/1.json", b"{}")
    assert {i: g.number for i, g in world.published().items()} == {D1: 1}
    assert world.rows() == rows_of(D1, "a")


def test_many_intervals_are_published_at_once(world: World) -> None:
    """A month in one call: each day has its pointer, and every one is read back."""
    days = [day(f"2013-01-{n:02}") for n in range(1, 32)]
    receipts = world.publish(world.stage({each: rows_of(each, "a") for each in days}))
    assert [receipt.outcome for receipt in receipts] == ["published"] * 31
    assert [receipt.interval for receipt in receipts] == days
    assert set(world.published(*days)) == set(days)
    assert len(world.rows()) == 31


def test_the_version_counts_publishes(world: World) -> None:
    """Every pointer makes the next version of the table, for `@3` in a plan and for rules about all of it."""
    assert world.version() == 0
    world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    assert world.version() == 2
    world.run({D1: rows_of(D1, "a")}, code="v2")
    assert world.version() == 3


def test_a_pin_is_of_all_intervals_and_can_be_cut(world: World) -> None:
    """However the table moves on, the pinned generations are those of one moment."""
    world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    pin = world.reader.pin(world.binding, (D1,))
    world.run({D2: rows_of(D2, "c"), D3: rows_of(D3, "d")}, code="v2")
    assert pin.snapshot is not None
    assert pin.snapshot.numbers == {D1: 1, D2: 1}
    cut = pin.within(D2).snapshot
    assert cut is not None
    assert cut.numbers == {D2: 1}
    assert Pin(dataset="t", exists=True).within(D2).snapshot is None


def _checked(world: World, interval: Interval, name: str) -> Publication:
    """A publish that insists on the table as it is now."""
    audited = seen(world.stage({interval: rows_of(interval, name)}), world.version(), interval)
    assert world.prepared is not None
    return Publication(
        prepared=world.prepared, audited=audited, targets=audited.publishable, wanted=lambda: None
    )


def _claim_only(publication: Publication) -> None:
    """What a run does that dies between its claim and its pointer."""
    table = publication.open()
    pointers = {target.interval: publication.pointer_of(target) for target in publication.targets}
    claim(table, read_names(table), pointers)


def test_a_claim_whose_run_died_is_carried_out_by_the_next(world: World) -> None:
    """The claim has decided it: the next run puts the pointers, and looks at the table anew."""
    dead, other = _checked(world, D1, "dead"), _checked(world, D2, "other")
    _claim_only(dead)
    assert world.rows() == []
    with pytest.raises(RetryError, match="the table changed since it was checked"):
        other.run()
    assert world.rows() == rows_of(D1, "dead")
    assert [r.outcome for r in _checked(world, D2, "other").run()] == ["published"]
    assert [r.outcome for r in dead.run()] == ["published"]
    assert world.rows() == [*rows_of(D1, "dead"), *rows_of(D2, "other")]


def test_a_zombie_that_was_checked_does_not_publish_beside_a_newer_run(world: World) -> None:
    """It looked before the other published: it may not claim after."""
    zombie = _checked(world, D1, "zombie")
    names = read_names(zombie.open())
    assert [r.outcome for r in _checked(world, D2, "other").run()] == ["published"]
    pointers = {target.interval: zombie.pointer_of(target) for target in zombie.targets}
    with pytest.raises(RetryError, match="the table changed since it was checked"):
        claim(zombie.open(), names, pointers)
    assert world.rows() == rows_of(D2, "other")


def test_a_claim_whose_files_are_gone_stops_nobody(world: World) -> None:
    """Nobody can publish it any more, so the table goes on without it."""
    dead = _checked(world, D1, "dead")
    _claim_only(dead)
    for file in dead.audited.staged.files:
        world.put(file.path, None)
    assert [r.outcome for r in _checked(world, D2, "other").run()] == ["published"]
    assert world.rows() == rows_of(D2, "other")


def test_a_claim_that_cannot_be_read_is_named(world: World) -> None:
    """Nobody passes over what an earlier run may have decided."""
    publication = _checked(world, D1, "a")
    world.put(publication.open().place("_checked", 1), b'{"version": 2}')
    with pytest.raises(MisconfiguredError, match=r"_checked/1\.json cannot be read"):
        publication.run()


def test_two_runs_may_add_columns_at_once(world: World) -> None:
    """Neither loses the other's column; one column of two types is refused by name."""
    world.run({D1: rows_of(D1, "a")})
    outputs = [by_day(schema=WIDER.format(name)) for name in ("x", "y")]
    first, second = ({D2: [(D2.first_day, "b", 1, "x")]}, {D3: [(D3.first_day, "c", 1, "y")]})
    one, two = (world.stage(rows, output=o) for rows, o in zip((first, second), outputs, strict=True))
    three = world.stage(
        {D1: [(D1.first_day, "c", 1, 7)]}, output=by_day(schema=WIDER.replace("{} STRING", "x INT"))
    )
    assert [r.outcome for r in (*world.publish(one), *world.publish(two))] == ["published"] * 2
    snapshot = world.reader.pin(world.binding, ()).snapshot
    assert snapshot is not None
    names = [field["name"] for field in json.loads(snapshot.schema)["fields"]]
    assert names == ["day", "name", "amount", "x", "y"]
    with pytest.raises(MisconfiguredError, match="column x is STRING in the table and INT in the schema"):
        world.publish(three)


def test_a_pointer_put_into_a_dropped_table_is_not_the_new_one_s(world: World) -> None:
    """The table was dropped and created anew between a run's look and its put."""
    late = world.stage({D1: rows_of(D1, "late")})
    assert world.prepared is not None
    old = Publication(prepared=world.prepared, audited=late, targets=late.publishable, wanted=lambda: None)
    table = old.open()

    def dropped() -> None:
        world.drop()
        world.prepare()

    with pytest.raises(RetryError, match="dropped and created anew"):
        replace(old, wanted=dropped).run()
    assert any(table.id in path for path in _objects(world))
    assert world.published() == {}
    assert world.rows() == []


def test_what_others_have_there_is_refused(tmp_path: Path) -> None:
    """Plain files, or a Delta table, are never taken for an empty table of ours, nor published into."""
    delta = delta_world(tmp_path).prepare()
    plain = Binding(dataset="t.plain", format="parquet", location=Location(uri=str(tmp_path / "plain")))
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "part-0.parquet").write_bytes(b"PAR1")
    for binding, what in (
        (replace(delta.binding, format="parquet"), "a Delta table"),
        (plain, "plain files"),
    ):
        with pytest.raises(MisconfiguredError, match=what):
            ParquetPublisher().prepare(by_day(), binding, owner="o", grain="day")
        with pytest.raises(MisconfiguredError, match=what):
            ParquetReader().pin(binding, ())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"owner": "other"}, 'the table belongs to the project "flights", this one is "other"'),
        ({"zone": "Asia/Tokyo"}, 'the table has the time zone "UTC", the job says "Asia/Tokyo"'),
        ({"output": by_day(partition_by=("day", "name"))}, "the table is partitioned by"),
        ({"output": by_day(schema="day DATE, name STRING")}, "column amount of the table is not in"),
        ({"output": by_day(schema="day DATE, NAME STRING, amount BIGINT")}, "is written NAME in the schema"),
        (
            {"output": by_day(mode="merge", key="name", sequence_by="day")},
            "needs format: delta, and this is Parquet",
        ),
    ],
    ids=lambda value: None if isinstance(value, dict) else value[-20:],
)
def test_drift_is_refused_by_name_before_anything_is_staged(world: World, change: dict, said: str) -> None:
    """Another owner or calendar, other partitions, a column that is gone or renamed."""
    world.run({D1: []})
    with pytest.raises(MisconfiguredError, match=said):
        world.prepare(**change)


def test_another_grain_is_refused(tmp_path: Path) -> None:
    """A daily table does not become a whole one."""
    parquet_world(tmp_path).prepare()
    other = parquet_world(tmp_path, whole(), grain=None)
    other.binding = parquet_world(tmp_path).binding
    with pytest.raises(MisconfiguredError, match='has the grain "day", the job says "whole"'):
        other.prepare()


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"version": 2}', None], ids=str)
def test_a_pointer_that_cannot_be_read_is_named(world: World, content: bytes | None) -> None:
    """Nobody guesses what is published: 64, with the object's name."""
    world.run({D1: rows_of(D1, "a")})
    table = open_table(world.binding.location)
    assert table is not None
    content = content if content is not None else world.read(table.place(folder_of(D1), 1))
    world.put(table.place(folder_of(D2), 1), content)
    with pytest.raises(
        MisconfiguredError, match=r"2013-01-02T000000Z_2013-01-03T000000Z/1\.json cannot be read"
    ):
        world.published()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"version": 1}', b'{"version": 2, "schema": {}}'], ids=str)
def test_a_table_that_cannot_be_read_is_named(world: World, content: bytes) -> None:
    """A broken or newer table object is neither an empty table nor one to create anew."""
    world.put("_published/_table.json", content)
    with pytest.raises(MisconfiguredError, match=r"_published/_table\.json cannot be read"):
        world.published()
    with pytest.raises(MisconfiguredError, match=r"_published/_table\.json cannot be read"):
        world.prepare()


PUTS = ["_table", "_checked/1", "2013-01-01[^/]*/1", "2013-01-02[^/]*/1", "_schema/1"]


@pytest.mark.parametrize("name", PUTS)
def test_a_put_whose_reply_is_lost_is_found_to_be_ours(s3: S3, name: str) -> None:
    """The store has done it and did not say so: nobody makes it twice, and nobody takes it for another's."""
    world = parquet_world(s3.new_bucket())
    wider = by_day(schema=WIDER.format("more"))
    with s3.faults(Fault(match=rf"PUT .*/_published/(.*/)?{name}\.json", action="lost")):
        world.prepare()
        rows = {each: [(each.first_day, "a", 1, "x")] for each in (D1, D2)}
        audited = seen(world.stage(rows, output=wider), world.version(), D1, D2)
        assert [r.outcome for r in world.publish(audited)] == ["published", "published"]
    assert {g.number for g in world.published().values()} == {1}
    assert world.version() == 3
    assert len(world.rows()) == 2
