"""Plain files: what is damaged is an error, never nulls or zero rows."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from framework.contract.types import Input
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.errors import MisconfiguredError, RejectedError, RetryError
from framework.stage.damage import find_damage
from framework.tables.files import FilesReader

READER = FilesReader()
SCHEMA = "id INT, name STRING, at TIMESTAMP"
GOOD = "id,name,at\n1,a,2013-01-01T05:00:00Z\n2,,2013-01-02T00:00:00Z\n"


def bound(folder: Path, name: str = "", fmt: str = "csv", **options: str) -> Binding:
    """A source in that folder."""
    options = options or ({"header": "true"} if fmt == "csv" else {})
    uri = f"{folder}/{name}".rstrip("/")
    return Binding(dataset="source.x", format=fmt, location=Location(uri=uri), source=True, options=options)


def scan(spark, binding: Binding, schema: str | None = SCHEMA):
    """Pin and scan, as a run does."""
    pin = READER.pin(binding, ())
    return READER.scan(spark, binding, pin, Input("source.x", schema=schema))


def damage(frame, *files: str) -> RejectedError:
    """What running the frame says of its files; `files`: all that it reads."""
    with pytest.raises(Exception) as caught:  # noqa: PT011
        frame.collect()
    found = find_damage(caught.value, files)
    assert isinstance(found, RejectedError), str(caught.value)[:3000]
    return found


def test_good_csv_is_read_by_its_schema(spark, tmp_path):
    """Typed values, an empty field as NULL, names with signs that are patterns elsewhere."""
    (tmp_path / "x [1] {a}.csv").write_text(GOOD)
    rows = scan(spark, bound(tmp_path)).selectExpr("id", "name", "cast(at as string)").collect()
    assert [tuple(row) for row in rows] == [(1, "a", "2013-01-01 05:00:00"), (2, None, "2013-01-02 00:00:00")]


def test_csv_without_a_schema_is_text(spark, tmp_path):
    """No type is guessed: every column is a STRING named by the header."""
    (tmp_path / "a.csv").write_text(GOOD)
    frame = scan(spark, bound(tmp_path, "a.csv"), None)
    assert frame.dtypes == [("id", "string"), ("name", "string"), ("at", "string")]
    assert frame.count() == 2


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("name,id,at", "another order"),
        ("id,nam,at", 'no column "name"'),
        ("id,name,at,more", '"more"'),
        ("id,name,name", "same one"),
        ("", "no header line"),
    ],
)
def test_a_wrong_header_names_file_and_column(spark, tmp_path, header, says):
    """Reordered, renamed, added, doubled and missing columns are found before a row is read."""
    (tmp_path / "a.csv").write_text(GOOD)
    (tmp_path / "b.csv").write_text(header + "\n" if header else "")
    with pytest.raises(RejectedError) as caught:
        scan(spark, bound(tmp_path))
    assert [str(fault.where) for fault in caught.value.faults] == [str(tmp_path / "b.csv")]
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "row", ["x7,a,2013-01-01T05:00:00Z", "3,a", "3,a,2013-01-01T05:00:00Z,9", "3,a,soon"]
)
def test_a_malformed_row_fails_even_where_nobody_looks(spark, tmp_path, row):
    """A bad value, a missing and a surplus field fail, also when the query needs no such column."""
    (tmp_path / "a.csv").write_text(f"{GOOD}{row}\n")
    frame = scan(spark, bound(tmp_path))
    for query in (frame.groupBy().count(), frame.select("name").where("name = 'zz'")):
        found = damage(query, f"file://{tmp_path}/a.csv")
        assert str(tmp_path / "a.csv") in str(found)
        assert "x7" not in str(found)
        assert "soon" not in str(found)


def test_malformed_json_fails_even_where_nobody_looks(spark, tmp_path):
    """A broken line and a value of another type fail."""
    for number, line in enumerate(('{"id": 2', '{"id": "two"}')):
        (tmp_path / f"{number}.json").write_text('{"id": 1, "name": "a"}\n' + line + "\n")
        damage(
            scan(spark, bound(tmp_path, f"{number}.json", "json"), "id INT, name STRING").groupBy().count()
        )


def test_json_needs_a_schema(spark, tmp_path):
    """A guessed schema would change with the data."""
    (tmp_path / "a.json").write_text('{"id": 1}\n')
    with pytest.raises(MisconfiguredError, match="needs a schema"):
        scan(spark, bound(tmp_path, fmt="json"), None)


def test_options_that_hide_damage_are_refused(spark, tmp_path):
    """Nobody turns damage into nulls by configuration, and a header is said, not guessed."""
    (tmp_path / "a.csv").write_text(GOOD)
    with pytest.raises(MisconfiguredError) as caught:
        scan(spark, bound(tmp_path, mode="PERMISSIVE"))
    assert len(caught.value.faults) == 2


def write_parquet(path: Path, **columns: list[object]) -> None:
    """A file with page checksums, as Spark writes them."""
    pq.write_table(
        pa.table(columns), path, write_page_checksum=True, compression="none", use_dictionary=False
    )


def test_broken_parquet_files_are_refused_by_name(spark, tmp_path):
    """Empty, truncated, foreign files and one that lacks a column: all are named at once."""
    write_parquet(tmp_path / "a.parquet", id=[1], name=["x"])
    (tmp_path / "b.parquet").write_bytes(b"")
    (tmp_path / "c.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-20])
    write_parquet(tmp_path / "d.parquet", id=[1])
    with pytest.raises(RejectedError) as caught:
        scan(spark, bound(tmp_path, fmt="parquet"), None)
    assert [Path(str(fault.where)).name for fault in caught.value.faults] == [
        "b.parquet",
        "c.parquet",
        "d.parquet",
    ]


def test_flipped_bytes_in_parquet_are_seen(spark, tmp_path):
    """A page whose checksum is wrong is an error, not a wrong sum."""
    path = tmp_path / "a.parquet"
    write_parquet(path, id=list(range(1000)))
    raw = bytearray(path.read_bytes())
    raw[2000] ^= 0xFF
    path.write_bytes(raw)
    assert "checksum" in str(damage(scan(spark, bound(tmp_path, "a.parquet", "parquet"), None)))


def test_a_file_that_changed_after_the_pin_is_not_read(spark, tmp_path):
    """What is read is what was pinned; else the run is to be tried again."""
    (tmp_path / "a.csv").write_text(GOOD)
    binding = bound(tmp_path, "*.csv")
    pin = READER.pin(binding, ())
    (tmp_path / "b.csv").write_text(GOOD)
    declared = Input("source.x", schema=SCHEMA)
    assert READER.scan(spark, binding, pin, declared).count() == 2
    (tmp_path / "a.csv").write_text(GOOD + "3,,\n")
    with pytest.raises(RetryError):
        READER.scan(spark, binding, pin, declared)
