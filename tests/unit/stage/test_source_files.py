"""Which files a source's location names."""

import bz2
import gzip
from pathlib import Path

import pytest

from framework.environment.landing import build_landing
from framework.environment.location import Location
from framework.errors import Fault
from framework.generation import FileVersion
from framework.interval import parse_interval
from framework.tables.headers import compare_header, read_header
from framework.tables.listing import list_files, list_landed


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("a.csv", ["a.csv"]),
        ("", ["_c=1/d.csv", "a.csv", "b.csv", "deep/c.csv"]),
        ("*.csv", ["a.csv", "b.csv"]),
        ("[ab].csv", ["a.csv", "b.csv"]),
        ("*/?.csv", ["_c=1/d.csv", "deep/c.csv"]),
        ("_c=1/*", ["_c=1/d.csv"]),
        ("_h.csv", ["_h.csv"]),
        ("none.csv", []),
        ("nowhere/*.csv", []),
    ],
)
def test_a_location_is_a_file_a_folder_or_a_pattern(tmp_path, location, found):
    """Hidden files of a folder are not data; what is not there is no file, and no fault."""
    for name in ("a.csv", "b.csv", "_h.csv", ".b.csv.crc", "deep/c.csv", "_c=1/d.csv", "_t/e.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n")
    files = list_files(Location(uri=f"{tmp_path}/{location}".rstrip("/")))
    assert [file.uri for file in files] == [f"{tmp_path}/{name}" for name in found]


def test_what_another_spark_is_writing_has_not_landed(tmp_path):
    """Half-written files below `_temporary` make no interval ready, and a marker is no data beside them."""
    place, day = Location(uri=str(tmp_path)), parse_interval("2013-01-03")
    names = ("_temporary/0/task_1/part-0.csv", "._SUCCESS.crc", "part-0.csv", "_SUCCESS")
    found = []
    for name in names:
        file = tmp_path / "2013-01-03" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x\n")
        landing = build_landing("%Y-%m-%d/**", "%Y-%m-%d/_SUCCESS", "UTC")
        files, landed = list_landed(place, landing, [day])
        found.append(([Path(each.uri).name for each in files], landed.marked))
    assert found == [([], ()), ([], ()), (["part-0.csv"], ()), (["part-0.csv"], (day,))]


def test_a_changed_file_has_another_version(tmp_path):
    """Equal sizes are not equal content."""
    place = Location(uri=str(tmp_path / "a.csv"))
    versions = set()
    for text in ("abc", "abd"):
        (tmp_path / "new").write_text(text)
        (tmp_path / "new").replace(tmp_path / "a.csv")
        versions |= set(list_files(place))
    assert len(versions) == 2


def test_a_header_is_read_as_the_options_say(tmp_path):
    """Separator, quotes, encoding and a byte order mark are heeded, as Spark does."""
    cases = {
        b'\xef\xbb\xbfid,"na,me"\n1,2\n': ({}, ("id", "na,me")),
        "id;größe\n".encode("latin-1"): ({"sep": ";", "encoding": "latin-1"}, ("id", "größe")),
        b"": ({}, None),
    }
    for raw, (options, names) in cases.items():
        for name, packed in (
            ("a.csv", raw),
            ("a.csv.gz", gzip.compress(raw)),
            ("a.csv.bz2", bz2.compress(raw)),
        ):
            (tmp_path / name).write_bytes(packed)
            assert read_header(Location(uri=str(tmp_path / name)), options) == names


def test_a_renamed_column_is_suggested():
    """The hint names the column that was probably meant."""
    file = FileVersion(uri="/a.csv", size=1, etag="x")
    fault = compare_header(file, ("id", "carier"), ("id", "carrier"))
    assert isinstance(fault, Fault)
    assert 'did you mean "carier"' in str(fault.hint)
