"""Faults as values."""

from framework.errors import Fault, Where


def test_faults_are_sorted_by_file_line_and_text() -> None:
    """One key for every list: those of no place first, then by file, line (as a number) and text."""
    expected = [
        Fault(what="z"),
        Fault(what="b", where=Where(file="a.py", line=9)),
        Fault(what="a", where=Where(file="a.py", line=10)),
        Fault(what="b", where=Where(file="a.py", line=10)),
        Fault(what="a", where="t.daily"),
    ]
    given = (expected[3], expected[0], expected[4], expected[2], expected[1])
    assert sorted(given, key=lambda fault: fault.place) == expected
