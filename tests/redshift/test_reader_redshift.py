"""What a job reads of Redshift: tables and queries, only what it asks for, at the state that was planned."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from framework import Input, Output
from framework.environment.objects import list_objects
from framework.environment.redshift import RedshiftOptions
from framework.errors import MisconfiguredError, RetryError
from framework.generation import Pin
from framework.tables.protocol import Reading
from framework.tables.redshift import reader as module
from framework.tables.redshift.reader import RedshiftReader
from framework.tables.redshift.unload import remove_unloaded
from tests.redshift.rig.faults import Fault
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import RedshiftWorld, new_schema, redshift_world, unloaded_rows
from tests.s3.serving import S3
from tests.storage.publishing import D1, D2, D3, rows_of

READER = RedshiftReader()


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[Any, ...]]]:
    """The rows that were unloaded for a scan, sorted; Spark itself is not needed to see them."""
    monkeypatch.setattr(module, "read_unloaded", lambda _, place, columns, __: unloaded_rows(place, columns))

    def scan(binding: Any, pin: Pin, *columns: str, **reading: Any) -> Any:
        declared = Input(binding.dataset, columns=columns or None)
        return READER.scan(None, binding, pin, declared, Reading(**reading))  # type: ignore[arg-type]

    return scan


@pytest.fixture
def world(redshift: Redshift, s3: S3) -> RedshiftWorld:
    """A table with two days."""
    world = redshift_world(redshift, s3).prepare()
    world.run({D1: rows_of(D1, "one"), D2: rows_of(D2, "two")})
    return world


@pytest.fixture
def source(redshift: Redshift, s3: S3) -> Callable[..., Any]:
    """Makes sources: tables and queries of somebody else."""
    schema = new_schema(redshift)
    redshift.run(
        f"CREATE TABLE {schema}.theirs AS SELECT 1 AS id, 'a'::varchar(9) AS name, 1::bigint AS changed"
    )

    def make(*, table: str | None = "theirs", **options: Any) -> Any:
        texts = {name: text.format(schema=schema) for name, text in options.items()}
        binding = redshift_world(redshift, s3, schema=schema, table=table or "x").binding
        return replace(binding, source=True, redshift=RedshiftOptions(**texts))

    make.schema = schema  # type: ignore[attr-defined]
    return make


def test_only_the_window_and_the_declared_columns_are_unloaded(
    redshift: Redshift, world: RedshiftWorld, unloaded: Callable[..., Any]
) -> None:
    """The cluster filters: what a job does not read never leaves it."""
    schema = world.output.schema
    assert schema is not None
    pin = READER.pin(world.binding, [D1, D2])
    rows = unloaded(world.binding, pin, "name", time=schema.find("day"), window=D2, run_id="r1")
    assert [row[-1] for row in rows] == ["two"] * len(rows_of(D2, "two"))
    (sql,) = [sql for sql in redshift.faults.statements if sql.startswith("UNLOAD")]
    assert "amount" not in sql
    assert "/unload/r1/" in sql


def test_a_run_removes_what_it_has_unloaded(world: RedshiftWorld, unloaded: Callable[..., Any]) -> None:
    """Its own directory, and no other run's."""
    pin = READER.pin(world.binding, ())
    for run_id in ("r1", "r2"):
        assert len(unloaded(world.binding, pin, run_id=run_id)) == len(world.rows())
    remove_unloaded([world.binding], "r1")
    assert not list_objects(world.binding.stage, "unload/r1")
    assert list_objects(world.binding.stage, "unload/r2")


def test_a_table_that_moved_on_is_not_read(world: RedshiftWorld, unloaded: Callable[..., Any]) -> None:
    """Rows of a newer generation would be published under the fingerprint of the older one: 75."""
    whole, first = READER.pin(world.binding, ()), READER.pin(world.binding, [D1])
    world.run({D2: rows_of(D2, "new")}, code="v2")
    with pytest.raises(RetryError, match="has changed since it was planned"):
        unloaded(world.binding, whole)
    # Who reads another interval is not concerned.
    assert unloaded(world.binding, first)
    world.run({D1: rows_of(D1, "new")}, code="v2")
    with pytest.raises(RetryError, match="has changed since it was planned"):
        unloaded(world.binding, first)


def test_what_was_counted_is_not_older_than_its_version_says(
    redshift: Redshift, world: RedshiftWorld
) -> None:
    """Who publishes in between is seen by the version later: rows are never missing under a newer one."""
    other = world.twin()
    fault = Fault(
        match="GROUP BY interval_key",
        do="delay",
        then=lambda: other.run({D3: rows_of(D3, "three")}),  # type: ignore[arg-type]
    )
    first = READER.pin(world.binding, ()).read_version
    with redshift.faults.during(fault):
        contents = READER.contents(world.binding, [D1, D2, D3])
    assert READER.pin(world.binding, ()).read_version != first
    assert contents is not None
    assert contents.pin.read_version == first


def test_a_missing_super_is_missing(source: Callable[..., Any], redshift: Redshift, unloaded: Any) -> None:
    """JSON_SERIALIZE of Redshift gives the text «null» for NULL: what is read is NULL."""
    schema = source.schema  # type: ignore[attr-defined]
    redshift.run(f"CREATE TABLE {schema}.nested AS SELECT 1 AS id, '[1]'::super AS tags")
    redshift.run(f"INSERT INTO {schema}.nested VALUES (2, NULL)")
    binding = source(table="nested")
    assert unloaded(binding, READER.pin(binding, ())) == [(1, "[1]"), (2, None)]


def test_a_source_table_has_the_version_that_its_query_says(
    redshift: Redshift, source: Callable[..., Any], unloaded: Callable[..., Any]
) -> None:
    """Unknown without one; with one it changes when the rows do, and only then."""
    assert READER.pin(source(), ()) == Pin(dataset="flights.daily", exists=True)
    binding = source(version_query="SELECT max(changed) FROM {schema}.theirs")
    first = READER.pin(binding, ())
    assert first.version is not None
    assert READER.pin(binding, ()) == first
    assert unloaded(binding, first) == [(1, "a", 1)]
    redshift.run(f"INSERT INTO {source.schema}.theirs VALUES (2, 'b', 2)")  # type: ignore[attr-defined]
    assert READER.pin(binding, ()).version != first.version
    with pytest.raises(RetryError, match="has changed since it was planned"):
        unloaded(binding, first)


def test_a_query_is_read_in_place_of_a_table(
    source: Callable[..., Any], unloaded: Callable[..., Any]
) -> None:
    """With its quotes, its comment at the end and a semicolon; another query is another version."""
    query = "SELECT name || ' \\\\ it''s 5%' AS \"said so\", id FROM {schema}.theirs -- all of them\n;"
    binding = source(table=None, query=query, version_query="SELECT 1")
    pin = READER.pin(binding, ())
    assert unloaded(binding, pin) == [("a \\ it's 5%", 1)]
    assert unloaded(binding, pin, "id") == [(1,)]
    other = source(table=None, query="SELECT id FROM {schema}.theirs", version_query="SELECT 1")
    assert READER.pin(other, ()).version != pin.version


def test_a_source_that_is_not_there(source: Callable[..., Any]) -> None:
    """It does not exist yet, which is no error; nor does one whose schema is missing."""
    assert not READER.pin(source(table="missing"), ()).exists
    assert not READER.pin(source(table=None, query="SELECT 1 FROM nowhere.t"), ()).exists


def test_a_version_query_must_give_one_value(source: Callable[..., Any]) -> None:
    """No row, two rows or a NULL say no version."""
    for text in ("SELECT 1 WHERE false", "SELECT 1 UNION ALL SELECT 2", "SELECT NULL", "SELECT 1, 2"):
        with pytest.raises(MisconfiguredError, match="no single value"):
            READER.pin(source(version_query=text), ())


def test_a_type_that_spark_has_not_is_named(
    redshift: Redshift, source: Callable[..., Any], unloaded: Callable[..., Any]
) -> None:
    """Only when the column is asked for, and with what to do."""
    redshift.run(f"ALTER TABLE {source.schema}.theirs ADD COLUMN noon TIME")  # type: ignore[attr-defined]
    pin = READER.pin(source(), ())
    with pytest.raises(MisconfiguredError, match="column noon is TIME WITHOUT TIME ZONE"):
        unloaded(source(), pin)
    assert unloaded(source(), pin, "id") == [(1,)]


@pytest.mark.parametrize(
    ("state", "text", "kind", "said"),
    [
        ("42501", "permission denied for relation theirs", MisconfiguredError, "may not do this"),
        ("57014", "Query cancelled on user's request", RetryError, "cancelled"),
        (
            "XX000",
            "User arn:aws:redshift:::etl is not authorized to assume IAM Role",
            MisconfiguredError,
            "may not take the role",
        ),
    ],
)
def test_an_unload_that_is_refused(
    redshift: Redshift,
    source: Callable[..., Any],
    unloaded: Callable[..., Any],
    state: str,
    text: str,
    kind: type[Exception],
    said: str,
) -> None:
    """It has an outcome and a reason, as a COPY has."""
    pin = READER.pin(source(), ())
    fault = Fault(match="^unload", do="error", state=state, text=text, detail="")
    with redshift.faults.during(fault), pytest.raises(kind, match=said):
        unloaded(source(), pin)


def test_names_that_are_no_names(redshift: Redshift, s3: S3, unloaded: Callable[..., Any]) -> None:
    """A column, a table and a run with quotes and semicolons in their names are read like any other."""
    hostile = "x\"; drop table y; --'"
    output = Output("flights.odd", schema=f"`{hostile}` STRING, `a b` INT, day DATE", time="day")
    world = redshift_world(redshift, s3, output, table=hostile).prepare()
    redshift.run("CREATE TABLE IF NOT EXISTS y (n int)")
    world.run({D1: [("it's", 1, D1.first_day)]})
    rows = unloaded(world.binding, READER.pin(world.binding, ()), run_id="r-1", job=hostile)
    assert rows == [("it's", 1, D1.first_day)]
    assert redshift.run("SELECT count(*) FROM y").rows == [["0"]]
