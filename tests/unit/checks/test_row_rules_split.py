"""Every rule about single rows can split off the rows that break it."""

from framework.checks.compile import compile_expectation
from framework.contract.catalogue import CATALOGUE
from tests.unit.checks.test_catalogue import GOOD, SCHEMA


def test_a_rule_about_single_rows_finds_the_rows_that_break_it() -> None:
    """Its predicate is what splits them off; a rule over rows together has none that could."""
    assert SCHEMA is not None
    rules = [expectation for expectation in GOOD if CATALOGUE[expectation.type].level == "row"]
    assert rules
    assert [str(rule) for rule in rules if compile_expectation(rule, SCHEMA).filter is None] == []
