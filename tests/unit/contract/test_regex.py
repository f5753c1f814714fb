"""Regular expressions of Java's are told from wrong ones without Java.

Which of them Java takes was asked of Java 17; `tests/spark/audit/test_patterns_of_java.py` asks again.
"""

import pytest

from framework.contract.regex import find_regex_fault
from tests.support.regexes import REFUSED, TAKEN


@pytest.mark.parametrize("pattern", TAKEN)
def test_what_java_takes_is_taken(pattern: str) -> None:
    """Its own dialect too: properties, classes in classes, possessive repetitions, names of groups."""
    assert find_regex_fault(pattern) is None


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_java_refuses_is_a_fault(pattern: str) -> None:
    """Before Spark starts, in patterns that only Java has too."""
    assert find_regex_fault(pattern) is not None
