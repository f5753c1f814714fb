"""Every supported type goes into Redshift and comes out again exactly, or is refused before it is loaded."""

import datetime as dt
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from framework import Output
from framework.audit.audit import reaudit_footers
from framework.audit.audited import Audited
from framework.contract.schema import Schema
from framework.contract.types import Input
from framework.environment.location import Location
from framework.environment.objects import list_objects, put_object, read_object
from framework.environment.redshift import RedshiftOptions
from framework.interval import WHOLE
from framework.plan.steps import Target
from framework.publish.redshift.constraints import value_constraints
from framework.stage.staged import Staged, StagedFile, stage_directory
from framework.tables.protocol import Reading
from framework.tables.redshift import reader as reading
from framework.tables.redshift.types import LONGEST
from framework.tables.redshift.unload import read_unloaded
from tests.redshift.rig.faults import Fault
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import RedshiftWorld, redshift_world
from tests.s3.serving import S3
from tests.storage.publishing import fingerprint

COLUMNS = """flag BOOLEAN, small SMALLINT, number INT, big BIGINT, real FLOAT, double DOUBLE,
 money DECIMAL(18,2), most DECIMAL(38,0), fine DECIMAL(38,37), text STRING, short STRING, `odd "name` STRING,
 day DATE, at TIMESTAMP, wall TIMESTAMP_NTZ,
 person STRUCT<Name: STRING, age: INT, paid: DECIMAL(9,2), tags: ARRAY<STRING>>, list ARRAY<BIGINT>"""
LENGTHS = {"short": 8}

Row = tuple[Any, ...]


def _decimals(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**digits - 1
    return st.integers(-most, most).map(lambda n: Decimal(f"{n}E-{scale}"))


def _integers(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


_FLOATS = st.floats(width=32).map(lambda x: struct.unpack("f", struct.pack("f", x))[0])
_TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
_EDGES = st.sampled_from(
    ["", " ", "é" * 4, "é" * 4 + "x", "x" * 8, "😀😀", "😀😀😀", "a\0b", "\\", "'", '"', "\n,"]
)
_DAYS = st.dates()
_WALLS = st.datetimes()
_INSIDE = st.fixed_dictionaries(
    {
        "Name": st.none() | _TEXT,
        "age": st.none() | _integers(32),
        "paid": st.none() | _decimals(9, 2),
        "tags": st.none() | st.lists(st.none() | _TEXT, max_size=3),
    }
)
ROWS = st.lists(
    st.tuples(
        *(
            st.none() | each
            for each in (
                st.booleans(),
                _integers(16),
                _integers(32),
                _integers(64),
                _FLOATS,
                st.floats(),
                _decimals(18, 2),
                _decimals(38, 0),
                _decimals(38, 37),
                _TEXT | _EDGES,
                _EDGES,
                _TEXT,
                _DAYS,
                st.datetimes(timezones=st.just(dt.UTC)),
                _WALLS,
                _INSIDE,
                st.lists(st.none() | _integers(64), max_size=4),
            )
        )
    ),
    max_size=60,
)


def staged(world: RedshiftWorld, frame: DataFrame, folder: Path) -> Audited:
    """These rows as Spark writes them, on S3 where a run would have them."""
    frame.coalesce(1).write.mode("overwrite").parquet(str(folder))
    directory = stage_directory(world.binding, f"run-{folder.name}")
    files = []
    for path in sorted(folder.glob("*.parquet")):
        content = path.read_bytes()
        put_object(world.binding.stage, f"{directory}/{path.name}", content)
        files.append(
            StagedFile(path=f"{directory}/{path.name}", size=len(content), interval=WHOLE, partition={})
        )
    target = Target(
        output=world.output,
        binding=world.binding,
        interval=WHOLE,
        expected=world.published().get(WHOLE),
        fingerprint=fingerprint(folder.name),
    )
    return reaudit_footers(
        Staged(
            output=world.output,
            binding=world.binding,
            targets=(target,),
            run_id="run",
            stage_id=f"run-{folder.name}",
            directory=directory,
            files=tuple(files),
        ),
        (),
    )


def unloaded(
    world: RedshiftWorld, spark: SparkSession, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> DataFrame:
    """What a job reads of the table: UNLOAD by the reader itself; Spark gets the files from a disk."""

    def fetched(_: SparkSession, place: Location, *rest: Any) -> DataFrame:
        folder.mkdir()
        for found in list_objects(place):
            (folder / found.path).write_bytes(read_object(place, found.path) or b"")
        return read_unloaded(spark, Location(uri=str(folder)), *rest)

    with monkeypatch.context() as patch:
        patch.setattr(reading, "read_unloaded", fetched)
        return world.reader.scan(
            spark,
            world.binding,
            world.reader.pin(world.binding, ()),
            Input(world.output.dataset),
            Reading(run_id="run", schema=world.output.schema),
        )


def kept(schema: Schema, rows: DataFrame, lengths: dict[str, int]) -> DataFrame:
    """The rows that the audit lets through."""
    for constraint in value_constraints(schema, RedshiftOptions(lengths=lengths)):
        rows = rows.where(f"coalesce({constraint.sql}, false)")
    return rows


def told(rows: Sequence[Row]) -> list[str]:
    """Rows to compare: NaN equals itself, -0.0 is not 0.0."""
    return sorted(map(repr, rows))


@pytest.fixture
def make(redshift: Redshift, s3: S3) -> Callable[..., RedshiftWorld]:
    """Makes worlds of a whole table on the stand-in."""

    def world(columns: str, **lengths: int) -> RedshiftWorld:
        made = redshift_world(redshift, s3, Output("types.t", schema=columns), grain=None)
        made.binding = replace(made.binding, redshift=RedshiftOptions(lengths=lengths))
        made.prepare()
        return made

    return world


def test_every_type_comes_back_as_it_was(
    spark: SparkSession,
    make: Callable[..., RedshiftWorld],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nulls, extremes, unicode at byte-length edges: what the audit lets through is read back unchanged."""
    world = make(COLUMNS, **LENGTHS)
    schema = world.output.schema
    assert schema is not None
    count = iter(range(10_000))

    @settings(
        max_examples=6,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # to shrink takes minutes
        suppress_health_check=list(HealthCheck),
    )
    @given(ROWS)
    def check(rows: list[Row]) -> None:
        number = next(count)
        frame = kept(schema, spark.createDataFrame(rows, schema.ddl), LENGTHS)
        before = [tuple(row) for row in frame.collect()]
        (receipt,) = world.publish(staged(world, frame, tmp_path / f"in{number}"))
        assert receipt.outcome == "published"
        after = unloaded(world, spark, tmp_path / f"out{number}", monkeypatch)
        assert after.dtypes == spark.createDataFrame([], schema.ddl).dtypes
        assert told([tuple(row) for row in after.collect()]) == told(before)

    check()


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("STRING", f"repeat('x', {LONGEST})", f"repeat('x', {LONGEST + 1})"),
        ("STRING", f"concat(repeat('é', {LONGEST // 2}), 'x')", f"repeat('é', {LONGEST // 2 + 1})"),
        ("STRING", "'a b'", "concat('a', char(0))"),
        ("DATE", "DATE '9999-12-31'", "date_add(DATE '9999-12-31', 1)"),
        ("DATE", "DATE '0001-01-01'", "date_add(DATE '0001-01-01', -1)"),
        ("TIMESTAMP", "timestamp_micros(253402300799999999)", "timestamp_micros(253402300800000000)"),
        ("TIMESTAMP", "timestamp_micros(-62135596800000000)", "timestamp_micros(-62135596800000001)"),
        (
            "TIMESTAMP_NTZ",
            "CAST(timestamp_micros(253402300799999999) AS TIMESTAMP_NTZ)",
            "CAST(timestamp_micros(253402300800000000) AS TIMESTAMP_NTZ)",
        ),
        ("ARRAY<STRING>", "array('a')", "array(concat('a', char(0)))"),
        ("STRUCT<a: STRING>", "named_struct('a', 'x')", "named_struct('a', repeat('x', 1048576))"),
    ],
)
def test_a_value_that_would_not_come_back_is_refused(
    spark: SparkSession, type_: str, good: str, bad: str
) -> None:
    """On one side of each edge a value passes the rules of the audit, on the other it does not."""
    schema = Schema.of(f"c {type_}")
    assert schema is not None
    for sql, passes in ((good, 1), (bad, 0), (f"CAST(NULL AS {type_})", 1)):
        assert kept(schema, spark.sql(f"SELECT {sql} AS c"), {}).count() == passes, sql


def test_texts_get_the_bytes_that_they_need(
    make: Callable[..., RedshiftWorld], spark: SparkSession, tmp_path: Path
) -> None:
    """A table grows with its texts; a length that is declared is the column's from the start."""
    world = make("a STRING, b STRING", b=8)
    frame = spark.createDataFrame([("x", "x"), ("é" * 200, None)], "a STRING, b STRING")
    world.publish(staged(world, frame, tmp_path / "first"))
    assert _types(world) == {"a": "character varying(512)", "b": "character varying(8)"}
    world.publish(staged(world, frame.limit(1), tmp_path / "second"))
    assert _types(world)["a"] == "character varying(512)"


def test_a_column_that_another_run_made_shorter_is_lengthened_again(
    redshift: Redshift, make: Callable[..., RedshiftWorld], spark: SparkSession, tmp_path: Path
) -> None:
    """Between our ALTER and our INSERT somebody else's ALTER may come: no text is cut, none is rejected."""
    world = make("a STRING")
    audited = staged(world, spark.createDataFrame([("x" * 300,)], "a STRING"), tmp_path / "long")

    def shorten() -> None:
        redshift.run(f"ALTER TABLE {world.table} ALTER COLUMN a TYPE VARCHAR(256)")

    with redshift.faults.during(Fault(match="^alter table .* type varchar", do="delay", then=shorten)):
        (receipt,) = world.publish(audited)
    assert receipt.outcome == "published"
    assert [len(str(text)) for (text,) in world.rows()] == [300]
    assert _types(world) == {"a": "character varying(512)"}


def _types(world: RedshiftWorld) -> dict[str, str]:
    from framework.tables.redshift.connection import connect
    from framework.tables.redshift.ddl import read_columns
    from framework.tables.redshift.names import names_of

    with connect(world.binding) as connection:
        return dict(read_columns(connection, names_of(world.binding)))
