"""Rules over all rows together and over columns: declared, compiled and judged without a JVM."""
# ruff: noqa: E501 - one case a line reads as a table

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework import Expectation, Schema, expect
from framework.checks.between import Between
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Judgement
from framework.checks.measure import Aggregate, Derived, Grouped, Measured, answer
from framework.checks.values import decode, encode
from framework.contract.argument import Value
from framework.contract.catalogue import faults_of
from framework.contract.schema import Column

SCHEMA = Schema.of(
    "n INT, big BIGINT, x DOUBLE, s STRING, day DATE, at TIMESTAMP, wall TIMESTAMP_NTZ, d DECIMAL(9,2), m MAP<STRING,INT>"
)
assert SCHEMA is not None


@dataclass
class Known:
    """Footer statistics as a test wants them."""

    rows: int
    nulls_by: dict[str, int] = field(default_factory=dict)
    bounds_by: dict[str, tuple[Value, Value]] = field(default_factory=dict)

    def nulls(self, column: str) -> int | None:
        """As in `Statistics`."""
        return self.nulls_by.get(column)

    def bounds(self, column: str) -> tuple[Value, Value] | None:
        """As in `Statistics`."""
        return self.bounds_by.get(column)


def decided(expectation: Expectation, *values: Measured) -> Judgement:
    """What the rule says of these values of its measures."""
    assert faults_of(expectation, SCHEMA) == []
    return compile_expectation(expectation, SCHEMA).decide(*values)


@pytest.mark.parametrize(
    ("expectation", "fault"),
    [
        (expect.column_max_to_be_between("x"), "neither min_value nor max_value is given"),
        (expect.column_max_to_be_between("day", 5), '5 does not fit column "day" of type DATE'),
        (expect.column_max_to_be_between("m", 1, 0), 'cannot look at column "m"'),
        (expect.column_mean_to_be_between("s", 1), 'cannot look at column "s" of type STRING'),
        (expect.column_mean_to_be_between("n", "a"), "min_value='a' is no number"),
        (expect.column_mean_to_be_between("n", True), "min_value=True is no number"),
        (expect.column_mean_to_be_between("n", float("nan")), "min_value=nan is no number"),
        (expect.column_sum_to_be_between("n", 2, Decimal("1.5")), "min_value is greater than max_value"),
        (expect.column_unique_value_count_to_be_between("s", 5, 4), "min_value is greater than max_value"),
        (expect.column_unique_value_count_to_be_between("s", 1.5), "min_value=1.5 is no whole number from 0"),
        (expect.column_value_z_scores_to_be_less_than("x", 3), 'the argument "double_sided" is missing'),
        (expect.column_values_to_not_be_outliers("x", "mad"), "method='mad' is not possible"),
        (expect.column_values_to_not_be_outliers("x", multiplier=-1), "multiplier=-1 is out of range"),
        (expect.column_max_to_be_between("x", 1, mostly=0.5), "mostly is not taken"),
        (expect.table_row_count_to_equal(-1), "value=-1 is no whole number from 0"),
        (
            expect.column_quantile_values_to_be_between("x", {"quantiles": [0.5]}),
            "no quantiles with their ranges",
        ),
        (expect.column_quantile_values_to_be_between("x", [0.5]), "no quantiles with their ranges"),
        (
            expect.column_quantile_values_to_be_between("x", {"quantiles": [1.5], "value_ranges": [[1, 2]]}),
            "no quantiles with their ranges",
        ),
        (
            expect.column_quantile_values_to_be_between(
                "x", {"quantiles": [0.5], "value_ranges": [[1, 2], [1, 2]]}
            ),
            "no quantiles with their ranges",
        ),
        (
            expect.column_quantile_values_to_be_between("x", {"quantiles": [0.5], "value_ranges": [[2, 1]]}),
            "no quantiles with their ranges",
        ),
        (
            expect.column_quantile_values_to_be_between(
                "x", {"quantiles": [0.5], "value_ranges": [[1, 2]]}, allow_relative_error=2
            ),
            "out of range",
        ),
        (
            expect.column_quantile_values_to_be_between(
                "x", {"quantiles": [0.5], "value_ranges": [[1, 2]]}, allow_relative_error=True
            ),
            "is no number",
        ),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_before_spark_starts(expectation: Expectation, fault: str) -> None:
    """Each wrong argument is one fault that names it."""
    assert [fault in each.what for each in faults_of(expectation, SCHEMA)] == [True]


@pytest.mark.parametrize(
    ("expectation", "state", "reason"),
    [
        (expect.column_to_exist("n"), "pass", None),
        (expect.column_to_exist("n", 0), "pass", None),
        (expect.column_to_exist("n", 3), "fail", 'column "n" is at place 0'),
        (expect.column_to_exist("no"), "fail", 'there is no column "no"'),
        (expect.table_column_count_to_equal(9), "pass", None),
        (expect.table_column_count_to_equal(8), "fail", None),
        (expect.table_column_count_to_be_between(9, 9), "pass", None),
        (expect.table_column_count_to_be_between(max_value=8), "fail", None),
        (expect.table_columns_to_match_ordered_list(SCHEMA.names), "pass", None),
        (expect.table_columns_to_match_ordered_list(["n", "x"]), "fail", 'column 2 is "big", not "x"'),
        (
            expect.table_columns_to_match_ordered_list([*SCHEMA.names, "y"]),
            "fail",
            'column 10 is nothing, not "y"',
        ),
        (expect.table_columns_to_match_set(sorted(SCHEMA.names)), "pass", None),
        (expect.table_columns_to_match_set({"n", "x"}, exact_match=False), "pass", None),
        (expect.table_columns_to_match_set(["n", "y"], exact_match=False), "fail", "missing: y"),
        (expect.table_columns_to_match_set([*SCHEMA.names[1:], "y"]), "fail", "missing: y; unexpected: n"),
    ],
    ids=str,
)
def test_columns_are_known_without_a_measure(
    expectation: Expectation, state: str, reason: str | None
) -> None:
    """Rules about columns are answered by the contract's schema; nothing is read for them."""
    assert compile_expectation(expectation, SCHEMA).measures == ()
    found = decided(expectation)
    assert (found.state, found.reason) == (state, reason)


def test_no_value_and_nan_lie_nowhere() -> None:
    """An aggregate of no values, and NaN, fail whatever the bounds, as in Great Expectations."""
    wide = expect.column_mean_to_be_between("x", float("-inf"), float("inf"))
    assert [decided(wide, value).state for value in (None, float("nan"), 0.0, float("inf"))] == [
        "fail",
        "fail",
        "pass",
        "pass",
    ]
    assert decided(wide, float("nan")).observed is None


def test_a_bound_is_compared_in_the_digits_of_the_value() -> None:
    """0.1 is the decimal 0.1 beside decimals, and a Decimal the nearest float beside floats."""
    exact = expect.column_mean_to_be_between("d", 0.1, 0.1)
    assert decided(exact, Decimal("0.100000")).state == "pass"
    assert decided(expect.column_mean_to_be_between("x", Decimal("0.1"), Decimal("0.1")), 0.1).state == "pass"


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_a_sum_of_bigints_is_exact(first: int, second: int) -> None:
    """The halves of a BIGINT are summed apart, so that no sum of them overflows."""
    total = first + second
    high, low = sum(n >> 32 for n in (first, second)), sum(n & 0xFFFFFFFF for n in (first, second))
    rule = expect.column_sum_to_be_between("big", total, total)
    assert decided(rule, high, low) == Judgement(state="pass", observed=total)


@given(st.integers(), st.integers(), st.integers(), st.booleans(), st.booleans())
def test_bounds_are_inclusive_unless_strict(
    value: int, lower: int, upper: int, strict_lower: bool, strict_upper: bool
) -> None:
    """The verdict of `_validate_metric_value_between` (GX 1.24, expectations/expectation.py)."""
    allowed = Between(lower=lower, upper=upper, strict_lower=strict_lower, strict_upper=strict_upper)
    above = value > lower if strict_lower else value >= lower
    below = value < upper if strict_upper else value <= upper
    assert (allowed.judge(value).state == "pass") == (above and below)


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        ("DATE", date(1969, 12, 31), "1969-12-31"),
        ("TIMESTAMP", datetime(2013, 1, 1, 0, 0, 0, 5, tzinfo=UTC), "2013-01-01T00:00:00.000005Z"),
        ("TIMESTAMP_NTZ", datetime(1, 1, 1), "0001-01-01T00:00:00"),  # noqa: DTZ001
        ("DECIMAL(9,2)", Decimal("0.10"), "0.10"),
        ("STRING", "é", "é"),
    ],
)
def test_values_are_observed_as_text(type_: str, value: Value, text: str) -> None:
    """Dates, timestamps and decimals are observed as their text, whatever the machine's time zone."""
    assert decode(Column(name="c", type=type_), encode(value)) == text


def test_days_beyond_pythons_calendar_are_observed() -> None:
    """Spark's year 11000 is compared and told, not an error."""
    assert decode(Column(name="c", type="DATE"), 3_298_140) == "+3,298,140 days from 1970-01-01"


def test_footers_tell_extremes_exactly() -> None:
    """Smallest and largest of whole numbers, decimals and times need no Spark; floats and texts do."""
    bounds = {"n": (-1, 5), "at": (datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC))}
    known = Known(rows=4, bounds_by=bounds)
    for rule, told in (
        (expect.column_max_to_be_between("n", 1), (5,)),
        (expect.column_min_to_be_between("n", 1), (-1,)),
        (expect.column_max_to_be_between("at", "2013-01-01"), (86_400_000_000,)),
        (expect.column_max_to_be_between("x", 1), None),
        (expect.column_max_to_be_between("n", 1, row_condition="x > 1"), None),
    ):
        (measure,) = compile_expectation(rule, SCHEMA).measures
        assert answer(measure, known) == told, rule


def test_rules_about_distinct_values_share_a_pass() -> None:
    """Uniqueness, counts, sets and the most common value of a column are one grouping of it."""
    rules = (
        expect.column_values_to_be_unique("s"),
        expect.column_unique_value_count_to_be_between("s", 1),
        expect.column_proportion_of_unique_values_to_be_between("s", 0),
        expect.column_distinct_values_to_equal_set("s", ["a"]),
        expect.column_most_common_value_to_be_in_set("s", ["a"]),
    )
    measures = {m for rule in rules for m in compile_expectation(rule, SCHEMA).measures}
    assert len({(m.columns, m.where) for m in measures if isinstance(m, Grouped)}) == 1
    assert len([m for m in measures if isinstance(m, Grouped)]) == 6


def test_deviations_are_told_apart_by_what_they_ask() -> None:
    """Two thresholds on one column share mean and deviation, and are two counts."""
    first, second = (
        compile_expectation(expect.column_value_z_scores_to_be_less_than("x", t, double_sided=True), SCHEMA)
        for t in (2, 3)
    )
    bases = {
        base for check in (first, second) for m in check.measures if isinstance(m, Derived) for base in m.of
    }
    assert len(bases) == 2
    assert len({m for check in (first, second) for m in check.measures if isinstance(m, Derived)}) == 2


def test_exact_percentiles_stay_out_of_the_one_aggregate() -> None:
    """Quartiles are computed apart: beside them Spark generates no code for the other aggregates."""
    (derived, _) = compile_expectation(expect.column_values_to_not_be_outliers("x"), SCHEMA).measures
    assert isinstance(derived, Derived)
    assert [base.apart for base in derived.of if isinstance(base, Aggregate)] == [True]


def test_quantiles_hold_near_their_bounds() -> None:
    """Within a ten-thousandth of a bound is on it; None is no bound; no values fail."""
    rule = expect.column_quantile_values_to_be_between(
        "x", {"quantiles": [0.1, 0.9], "value_ranges": [[None, 1], [5, None]]}
    )
    assert decided(rule, (-1e9, 4.9996)).state == "pass"
    assert decided(rule, (1.001, 9.0)).state == "fail"
    assert decided(rule, (float("-inf"), float("inf"))).state == "pass"
    assert decided(rule, ()).state == "fail"
