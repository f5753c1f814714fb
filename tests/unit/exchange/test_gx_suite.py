"""Expectations as a suite and back."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from framework import Schema, expect
from framework.contract.suite import parse_suite
from framework.exchange.suite import build_suite, render_suite
from framework.exchange.vocabulary import GX_TYPES
from tests.unit.exchange.drawn import SCHEMA, expectations


@settings(max_examples=10)
@given(st.lists(expectations(), max_size=8))
def test_what_was_exported_is_read_back_as_it_was(declared):
    """All that Great Expectations has a name for, in order, with what only we have; the rest is named."""
    suite, left = build_suite("x", declared, SCHEMA)
    found, faults = parse_suite(render_suite(suite), "x.json")
    assert faults == ()
    assert list(found) == [each for each in declared if each.type in GX_TYPES]
    assert [fault.where for fault in left] == [each.where for each in declared if each.type not in GX_TYPES]


def test_a_decimal_is_a_number_where_a_number_says_it():
    """Great Expectations compares numbers with numbers; what a float cannot say stays text."""
    exact, long = Decimal("1.50"), Decimal("1.00000000000000000001")
    declared = [expect.column_values_to_be_between("m", exact, long)]
    suite, _ = build_suite("x", declared, Schema.of("m DECIMAL(38,20)"))
    assert suite["expectations"][0]["kwargs"] == {"column": "m", "min_value": 1.5, "max_value": str(long)}


def test_a_condition_is_for_spark():
    """Every Great Expectations 1.x reads a predicate with this parser."""
    suite, _ = build_suite("x", [expect.column_values_to_not_be_null("n", row_condition="x > 1")])
    kwargs = {"column": "n", "row_condition": "x > 1", "condition_parser": "spark"}
    assert suite["expectations"][0]["kwargs"] == kwargs
