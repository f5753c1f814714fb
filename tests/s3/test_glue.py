"""Tables in the AWS Glue catalog: what it says leads a plain reader to the rows that are published."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from framework import Interval
from framework.environment.catalog import Catalog
from framework.environment.location import Location
from framework.errors import MisconfiguredError, RetryError
from framework.interval import WHOLE, parse_interval
from framework.publish.catalog import glue as glue_catalog
from framework.publish.catalog.show import require_catalog, show_published
from tests.s3.faulty import Fault
from tests.s3.serving import KEYS, S3
from tests.storage.publishing import (
    D1,
    D2,
    D3,
    SCHEMA,
    World,
    by_day,
    by_path,
    delta_world,
    parquet_world,
    rows_of,
    whole,
)

NEVER: Callable[[], Any] = lambda: pytest.fail("Spark was started")  # noqa: E731


@pytest.fixture
def glue(s3: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client, and a database that is this test's own."""
    with s3.glue("flights", monkeypatch) as client:
        yield client


def _catalogued(world: World, table: str = "t") -> World:
    world.binding = replace(world.binding, catalog=Catalog(type="glue", database="flights", table=table))
    return world.prepare()


def _show(world: World, *intervals: Interval) -> None:
    show_published(world.binding, intervals, spark=NEVER, state=Location(uri="memory://state"))


def _read(glue: Any, s3: S3, table: str = "t") -> list[dict[str, object]]:
    """The rows that an engine finds by the catalog alone: what is at each location, keys from the catalog."""
    entry = glue.get_table(DatabaseName="flights", Name=table)["Table"]
    keys = [key["Name"] for key in entry["PartitionKeys"]]
    partitions = glue.get_partitions(DatabaseName="flights", TableName=table)["Partitions"]
    places = (
        [(each["Values"], each["StorageDescriptor"]) for each in partitions]
        if keys
        else [((), entry["StorageDescriptor"])]
    )
    bucket = fs.S3FileSystem(
        endpoint_override=s3.endpoint.removeprefix("http://"),
        scheme="http",
        access_key=KEYS["AWS_ACCESS_KEY_ID"],
        secret_key=s3.environment["AWS_SECRET_ACCESS_KEY"],
        region=KEYS["AWS_REGION"],
    )
    rows = []
    for values, storage in places:
        folder = storage["Location"].removeprefix("s3://")
        found = bucket.get_file_info(fs.FileSelector(folder, allow_not_found=True))
        names = [column["Name"] for column in storage["Columns"]]
        for file in found:
            content = pq.read_table(file.path, filesystem=bucket, partitioning=None)
            missing = [name for name in names if name not in content.column_names]
            for name in missing:
                content = content.append_column(name, pa.nulls(content.num_rows))
            rows += [
                {**row, **dict(zip(keys, values, strict=True))} for row in content.select(names).to_pylist()
            ]
    return sorted(rows, key=repr)


def test_runs_that_create_the_table_at_once_both_show_their_rows(
    glue: Any, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes second finds it there and goes on: what is published needs no second run."""
    world = _catalogued(parquet_world(s3.new_bucket()))
    world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    _overtake(world, monkeypatch)
    _show(world, D1)
    assert [row["name"] for row in _read(glue, s3)] == ["a", "b"]


def _overtake(world: World, patch: pytest.MonkeyPatch) -> None:
    """Another run tells the second day between the first look at the catalog's table and what follows it."""
    look = glue_catalog._table

    def overtaken(client: Any, catalog: Catalog) -> Any:
        found = look(client, catalog)
        patch.setattr(glue_catalog, "_table", look)
        _show(world, D2)
        return found

    patch.setattr(glue_catalog, "_table", overtaken)


def test_a_partition_is_where_its_newest_generation_is(glue: Any, s3: S3) -> None:
    """New, replaced and emptied days; the columns of the table and its keys; done twice it is the same."""
    world = _catalogued(parquet_world(s3.new_bucket()))
    world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    _show(world, D1, D2)
    assert _read(glue, s3) == [
        {"name": "a", "amount": 1, "day": "2013-01-01"},
        {"name": "b", "amount": 1, "day": "2013-01-02"},
    ]
    world.run({D1: rows_of(D1, "c", "d"), D2: [], D3: rows_of(D3, "e")}, code="v2")
    # The pointers are first: until the catalog is told, its readers see the old rows, whole.
    assert [row["name"] for row in _read(glue, s3)] == ["a", "b"]
    for _ in range(2):
        _show(world, D1, D2, D3)
        assert [(row["name"], row["day"]) for row in _read(glue, s3)] == [
            ("c", "2013-01-01"),
            ("d", "2013-01-01"),
            ("e", "2013-01-03"),
        ]
    table = glue.get_table(DatabaseName="flights", Name="t")["Table"]
    columns = [(each["Name"], each["Type"]) for each in table["StorageDescriptor"]["Columns"]]
    assert columns == [("name", "string"), ("amount", "bigint")]
    assert [(each["Name"], each["Type"]) for each in table["PartitionKeys"]] == [("day", "date")]


def test_partitions_of_an_interval_that_are_gone_are_taken_out(glue: Any, s3: S3) -> None:
    """Of a table with one more partition column; those of other days stay."""
    output = by_day(partition_by=("day", "name"))
    world = _catalogued(parquet_world(s3.new_bucket(), output))
    world.run({D1: rows_of(D1, "a", "b"), D2: rows_of(D2, "a")})
    _show(world, D1, D2)
    world.run({D1: [(D1.first_day, None, 5)]}, code="v2")
    _show(world, D1)
    assert sorted((row["day"], row["name"], row["amount"]) for row in _read(glue, s3)) == [
        ("2013-01-01", "__HIVE_DEFAULT_PARTITION__", 5),
        ("2013-01-02", "a", 1),
    ]


def test_intervals_that_no_column_tells_have_a_key_of_their_own(glue: Any, s3: S3) -> None:
    """An hourly table; the files of each interval are a partition by its name."""
    world = _catalogued(parquet_world(s3.new_bucket(), by_path()))
    moments = {i: [(i.start, "x", 1)] for i in (D1, D2)}
    world.run(moments)
    _show(world, D1, D2)
    assert [row["sparkjob_interval"] for row in _read(glue, s3)] == ["2013-01-01", "2013-01-02"]


def test_a_whole_table_is_switched_at_once(glue: Any, s3: S3) -> None:
    """One location, no partitions; a new column is there as soon as rows are."""
    world = _catalogued(parquet_world(s3.new_bucket(), whole(), grain=None))
    world.run({WHOLE: rows_of(D1, "a")})
    _show(world, WHOLE)
    wider = whole(schema=f"{SCHEMA}, more STRING")
    world.output = wider
    world.prepare(output=wider)
    world.run({WHOLE: [(D1.first_day, "b", 2, "m")]}, code="v2")
    assert [row["name"] for row in _read(glue, s3)] == ["a"]
    _show(world, WHOLE)
    assert _read(glue, s3) == [{"day": D1.first_day, "name": "b", "amount": 2, "more": "m"}]


def test_who_comes_late_with_an_older_generation_puts_the_newer_back(
    glue: Any, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run publishes and switches while this one is on its way to the catalog."""
    from framework.publish.catalog import show

    world = _catalogued(parquet_world(s3.new_bucket()))
    world.run({D1: rows_of(D1, "old")})
    plain, slept = show.locate, []

    def located(*arguments: Any) -> Any:
        found = plain(*arguments)
        if not slept:
            slept.append(True)
            world.run({D1: rows_of(D1, "new")}, code="v2")
            _show(world, D1)
            assert [row["name"] for row in _read(glue, s3)] == ["new"]
        return found

    monkeypatch.setattr(show, "locate", located)
    _show(world, D1)
    assert [row["name"] for row in _read(glue, s3)] == ["new"]


def test_a_table_made_anew_is_another_in_the_catalog_too(glue: Any, s3: S3) -> None:
    """No partition of the dropped one stays."""
    world = _catalogued(parquet_world(s3.new_bucket()))
    world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})
    _show(world, D1, D2)
    world.drop()
    world.prepare().run({D2: rows_of(D2, "c")})
    _show(world, D2)
    assert [row["name"] for row in _read(glue, s3)] == ["c"]


def _made_anew(world: World) -> None:
    """Shown, dropped and made anew, so that what the catalog says is of the table of before."""
    world.run({D1: rows_of(D1, "old"), D2: rows_of(D2, "old")})
    _show(world, D1, D2)
    world.drop()
    world.prepare().run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")})


def test_two_runs_that_take_an_outdated_table_away_both_show_their_rows(
    glue: Any, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second takes away what the first has just made, and so tells all that the first had told."""
    world = _catalogued(parquet_world(s3.new_bucket()))
    _made_anew(world)
    _overtake(world, monkeypatch)
    _show(world, D1)
    assert [row["name"] for row in _read(glue, s3)] == ["a", "b"]


def test_a_table_that_goes_away_while_it_is_told_is_told_again(
    glue: Any, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another run that found it outdated, between the table and its partitions."""
    world = _catalogued(parquet_world(s3.new_bucket()))
    _made_anew(world)
    plain, gone = glue_catalog._show_partitions, []

    def late(*arguments: Any) -> None:
        if not gone:
            gone.append(glue.delete_table(DatabaseName="flights", Name="t"))
        plain(*arguments)

    monkeypatch.setattr(glue_catalog, "_show_partitions", late)
    _show(world, D1)
    assert gone
    assert [row["name"] for row in _read(glue, s3)] == ["a", "b"]


@pytest.mark.parametrize("how", ["killed", "dropped"])
def test_a_table_that_is_new_in_the_catalog_is_told_of_all_intervals(
    glue: Any, s3: S3, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """By a run of any one of them: after one that was killed before its partitions, or a dropped table."""
    world = _catalogued(parquet_world(s3.new_bucket()))
    _made_anew(world)
    if how == "killed":
        with monkeypatch.context() as patch:
            patch.setattr(glue_catalog, "_show_partitions", _killed)
            with pytest.raises(KeyboardInterrupt):
                _show(world, D1, D2)
        assert _read(glue, s3) == []
    else:
        _show(world, D1, D2)
        glue.delete_table(DatabaseName="flights", Name="t")
    _show(world, D1)
    assert [row["name"] for row in _read(glue, s3)] == ["a", "b"]


def _killed(*_: Any) -> None:
    raise KeyboardInterrupt


def test_more_partitions_than_one_call_takes(glue: Any, s3: S3) -> None:
    """A year: made, switched and taken out in parts."""
    days = list(parse_interval("2013-01-01/2013-09-01").units())
    world = _catalogued(parquet_world(s3.new_bucket()))
    for code in ("v1", "v2"):
        world.run({day: rows_of(day, code) for day in days}, code=code)
        _show(world, *days)
        places = glue.get_partitions(DatabaseName="flights", TableName="t")["Partitions"]
        assert len(places) == len(days)
    assert len({each["StorageDescriptor"]["Location"].split("/_versions/")[1][:12] for each in places}) == 1
    world.run(dict.fromkeys(days[1:], ()), code="v3")
    _show(world, *days)
    assert len(glue.get_partitions(DatabaseName="flights", TableName="t")["Partitions"]) == 1


def test_a_delta_table_is_registered_once(glue: Any, s3: S3) -> None:
    """As Athena and Spark want it; what somebody adds to it later stays."""
    world = _catalogued(delta_world(s3.new_bucket()))
    world.run({D1: rows_of(D1, "a")})
    _show(world, D1)
    table = glue.get_table(DatabaseName="flights", Name="t")["Table"]
    assert table["Parameters"]["spark.sql.sources.provider"] == "delta"
    assert table["StorageDescriptor"]["SerdeInfo"]["Parameters"]["path"] == world.binding.location.uri
    kept = {
        key: table[key] for key in ("Name", "StorageDescriptor", "PartitionKeys", "Parameters", "TableType")
    }
    glue.update_table(DatabaseName="flights", TableInput={**kept, "Description": "ours"})
    _show(world, D1)
    assert glue.get_table(DatabaseName="flights", Name="t")["Table"]["Description"] == "ours"


@pytest.mark.parametrize("make", [delta_world, parquet_world])
def test_what_is_in_the_way_is_known_before_anything_is_staged(
    glue: Any, s3: S3, make: Callable[..., World]
) -> None:
    """64: no such database, somebody else's table, a key that no catalog has; 75: no answer."""
    world = _catalogued(make(s3.new_bucket()))
    require_catalog(world.binding, world.output, NEVER)
    assert world.binding.catalog is not None
    nowhere = replace(world.binding, catalog=replace(world.binding.catalog, database="nowhere"))
    with pytest.raises(MisconfiguredError, match=r"nowhere.t in AWS Glue: there is no such database"):
        require_catalog(nowhere, world.output, NEVER)
    with s3.faults(Fault(match="GetDatabase", action="busy", times=9)), pytest.raises(RetryError):
        require_catalog(world.binding, world.output, NEVER)
    glue.create_table(
        DatabaseName="flights", TableInput={"Name": "t", "StorageDescriptor": {"Location": "s3://other/x"}}
    )
    world.run({D1: rows_of(D1, "a")})
    for act in (lambda: require_catalog(world.binding, world.output, NEVER), lambda: _show(world, D1)):
        with pytest.raises(
            MisconfiguredError, match=r"flights.t in AWS Glue is another table, at s3://other/x"
        ):
            act()


def test_a_partition_by_a_moment_is_refused(s3: S3) -> None:
    """Catalogs have no such keys."""
    output = by_path(partition_by=("at",))
    world = parquet_world(s3.new_bucket(), output)
    world.binding = replace(world.binding, catalog=Catalog(type="glue", database="flights", table="t"))
    with pytest.raises(MisconfiguredError, match="no partitions by at, which is TIMESTAMP"):
        require_catalog(world.binding, output, NEVER)
