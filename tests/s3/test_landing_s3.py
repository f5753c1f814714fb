"""Files that land in a bucket: pinned by name, size and version tag, without a JVM."""

from framework.environment.bindings import Binding
from framework.environment.landing import build_landing
from framework.environment.location import Location
from framework.interval import parse_interval
from framework.tables.files import FilesReader
from tests.s3.serving import S3


def _binding(place: Location, files: str, ready: str | None = None) -> Binding:
    landing = build_landing(files, ready, "UTC")
    return Binding(dataset="source.e", format="csv", location=place, source=True, landing=landing)


def test_a_day_s_files_are_pinned(s3: S3) -> None:
    """Of what is asked for, and a replaced one is another."""
    place = s3.new_bucket().child("in")
    for key in ("2013/01/01/a.csv", "2013/01/02/a.csv", "2013/01/02/b.csv", "2013/01/02/_tmp"):
        s3.client.put_object(Bucket=place.uri[5:].split("/")[0], Key=f"in/{key}", Body=b"n\n1\n")
    binding, reader = _binding(place, "%Y/%m/%d/*.csv"), FilesReader()
    first, second = (parse_interval(f"2013-01-0{day}") for day in (1, 2))
    pin = reader.pin(binding, (second,))
    assert [file.uri.removeprefix(place.uri) for file in pin.files] == [
        "/2013/01/02/a.csv",
        "/2013/01/02/b.csv",
    ]
    whole = reader.pin(binding, ())
    assert len(whole.files) == 3
    assert whole.within(second).files == pin.files
    s3.client.put_object(Bucket=place.uri[5:].split("/")[0], Key="in/2013/01/02/a.csv", Body=b"n\n2\n")
    again = reader.pin(binding, ())
    assert again.within(first).files == whole.within(first).files
    assert again.within(second).files != whole.within(second).files


def test_without_a_date_in_its_name_a_file_is_of_the_moment_when_it_was_written(s3: S3) -> None:
    """One that is replaced moves to the later moment, and the interval that it left is another."""
    from datetime import UTC, datetime

    from tests.s3.serving import write_aged

    place = s3.new_bucket().child("in")
    binding, reader = _binding(place, "**/*.csv"), FilesReader()
    days = [parse_interval(f"2013-01-0{day}") for day in (1, 2, 3)]
    write_aged(place, "x/a.csv", b"n\n1\n", datetime(2013, 1, 1, 23, 59, tzinfo=UTC))
    write_aged(place, "b.csv", b"n\n2\n", datetime(2013, 1, 2, tzinfo=UTC))
    pin = reader.pin(binding, days)
    assert [[file.uri.rpartition("/")[2] for file in pin.within(day).files] for day in days] == [
        ["a.csv"],
        ["b.csv"],
        [],
    ]
    assert not pin.within(days[2]).exists
    write_aged(place, "x/a.csv", b"n\n3\n", datetime(2013, 1, 3, 5, tzinfo=UTC))
    pin = reader.pin(binding, days)
    assert [len(pin.within(day).files) for day in days] == [0, 1, 1]
