"""Patterns of files that land one by one: which stretch of time a path names, and where to look."""

import pytest

from framework.environment.landing import FilePattern
from framework.interval import WHOLE, parse_interval


@pytest.mark.parametrize(
    ("pattern", "path", "named"),
    [
        ("%Y/%m/%d/*.csv", "2013/01/03/a.csv", "2013-01-03"),
        ("dt=%Y-%m-%d/part-*.json", "dt=2013-01-03/part-1.json", "2013-01-03"),
        ("%Y%m%d/x-%Y-%m-%d.csv", "20130103/x-2013-01-03.csv", "2013-01-03"),
        ("events_%Y-%m.csv.gz", "events_2013-01.csv.gz", "2013-01"),
        ("y%Y/**/*.csv", "y2013/a/b/c.csv", "2013-01-01/2014-01-01"),
        ("y%Y/**/*.csv", "y2013/c.csv", "2013-01-01/2014-01-01"),
        ("%Y-%m-%dT%H/[ab]?.csv", "2013-01-03T05/b1.csv", "2013-01-03T05:00/2013-01-03T06:00"),
        ("100%%/%Y-%m/x", "100%/2013-02/x", "2013-02"),
    ],
)
def test_a_path_names_a_stretch_of_time(pattern: str, path: str, named: str) -> None:
    """Year, month, day and hour as far as the pattern has them."""
    found, wanted = FilePattern(pattern).span_of(path), parse_interval(named)
    assert FilePattern(pattern).matches(path)
    assert (found.start, found.end) == (wanted.start, wanted.end)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("%Y/%m/%d/*.csv", "2013/01/03/sub/a.csv"),
        ("%Y/%m/%d/*.csv", "2013/1/3/a.csv"),
        ("%Y%m%d/x-%Y-%m-%d.csv", "20130103/x-2013-01-04.csv"),
        ("a.c*", "abc"),
        ("[!a].csv", "a.csv"),
    ],
)
def test_other_paths_are_no_files_of_it(pattern: str, path: str) -> None:
    """`*` stays within one part, letters are themselves, a field that stands twice has one value."""
    assert not FilePattern(pattern).matches(path)


@pytest.mark.parametrize(
    ("pattern", "path", "told"),
    [
        ("%Y/%m/%d/*", "2013/01/03/a.csv", True),
        ("%Y/%m/%d/*", "2013/01/03/_SUCCESS", False),
        ("%Y/%m/%d/*", "2013/01/03/.a.csv.crc", False),
        ("%Y/%m/%d/**", "2013/01/03/_temporary/0/task_1/a.csv", False),
        ("%Y/%m/%d/**/*.csv", "2013/01/03/_temporary/0/task_1/a.csv", False),
        ("%Y/%m/%d/**/*.csv", "2013/01/03/a/_b/c.csv", False),
        ("%Y/%m/%d/?a.csv", "2013/01/03/_a.csv", False),
        ("%Y/%m/%d/[_a]a.csv", "2013/01/03/_a.csv", False),
        ("%Y/%m/%d/*a.csv", "2013/01/03/_a.csv", False),
        ("%Y/%m/%d/**/*.csv", "2013/01/03/_carrier=AA/a.csv", True),
        ("%Y/%m/%d/a*", "2013/01/03/a_b.csv", True),
        ("sales**/%Y-%m-%d.csv", "sales/2013-01-03.csv", True),
        ("sales**/%Y-%m-%d.csv", "sales_eu.v2/a/2013-01-03.csv", True),
        ("sales**/%Y-%m-%d.csv", "sales/_temporary/2013-01-03.csv", False),
        ("%Y/%m/%d/_SUCCESS", "2013/01/03/_SUCCESS", True),
        ("**/_%Y-%m-%d*", "in/_2013-01-03.csv", True),
        ("**/_%Y-%m-%d*", "_2013-01-03.csv", True),
        ("_in/*/%Y-%m-%d.csv", "_in/a/2013-01-03.csv", True),
    ],
)
def test_a_wildcard_passes_over_hidden_names(pattern: str, path: str, told: bool) -> None:
    """Other programs' markers and half-written files; who means them writes their first letter."""
    assert FilePattern(pattern).matches(path) is told


def test_a_date_that_there_is_not() -> None:
    """It is no silence: the file would be in no interval."""
    with pytest.raises(Exception, match="2013-02-31"):
        FilePattern("%Y-%m-%d.csv").span_of("2013-02-31.csv")


def test_local_days_and_the_hour_that_comes_twice() -> None:
    """Days are those of the zone; where clocks go back one name is two hours."""
    day = FilePattern("%Y-%m-%d.csv", "Europe/Berlin").span_of("2013-01-03.csv")
    assert day == parse_interval("2013-01-03", zone="Europe/Berlin")
    hour = FilePattern("%Y-%m-%d-%H.csv", "Europe/Berlin").span_of("2013-10-27-02.csv")
    assert (hour.end - hour.start).total_seconds() == 2 * 3600


@pytest.mark.parametrize(
    ("pattern", "asked", "folders"),
    [
        ("%Y/%m/%d/*.csv", "2013-01-31/2013-02-02", ["2013/01/31", "2013/02/01"]),
        ("in/%Y-%m/*-%d.csv", "2013-01-03", ["in/2013-01"]),
        ("%Y/%m/%d/%H/*.csv", "2013-01-03T05:00", ["2013/01/03/05"]),
        ("in/*/%Y.csv", "2013-01-03", ["in"]),
        ("%Y-%m-%d.csv", "2013-01-03", [""]),
        ("%Y/%m/%d/*.csv", "2013-01/2014-01", [""]),
    ],
)
def test_only_the_folders_of_what_is_asked_are_looked_into(
    pattern: str, asked: str, folders: list[str]
) -> None:
    """So that a plan for a day does not list ten years."""
    assert list(FilePattern(pattern).folders(parse_interval(asked))) == folders


def test_folders_of_a_zone_that_is_half_an_hour_off() -> None:
    """An hour of UTC reaches into two hours of Kolkata."""
    pattern = FilePattern("%Y-%m-%d/%H/*.csv", "Asia/Kolkata")
    assert list(pattern.folders(parse_interval("2013-01-03T00:00"))) == ["2013-01-03/05", "2013-01-03/06"]
    assert list(pattern.folders(WHOLE)) == [""]
    assert list(pattern.folders(None)) == [""]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("%Y/%j/*.csv", "%j is no field"),
        ("%m/%d/*.csv", "a date needs %Y"),
        ("%Y/%d/*.csv", "a date needs %Y"),
        ("/a/*.csv", "a path below the location"),
        ("a/../b.csv", "a path below the location"),
        ("{lake}/a.csv", "braces"),
    ],
)
def test_what_a_pattern_may_not_be(pattern: str, said: str) -> None:
    """Said in words, when the configuration is loaded."""
    assert said in str(FilePattern(pattern).problem())
