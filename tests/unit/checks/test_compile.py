"""From expectation to SQL, footer answers and verdicts, without a JVM."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework import Expectation, Output, Schema, expect
from framework.checks.builtin import compile_builtin
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Compiled, judge, judge_rows
from framework.checks.measure import Aggregate, answer
from framework.checks.sql import literal
from framework.contract.argument import Value
from framework.contract.datatype import identifier
from framework.interval import WHOLE, parse_interval

SCHEMA = Schema.of("n INT, x DOUBLE, s STRING, day DATE, d DECIMAL(9,2), `a``b` INT")
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


def compiled(expectation: Expectation) -> Compiled:
    """The check on `SCHEMA`."""
    return compile_expectation(expectation, SCHEMA)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (-5, "-5"),
        (1e300, "1e+300D"),
        (0.1, "0.1D"),
        (float("-inf"), "double('-inf')"),
        (Decimal("-0.10"), "-0.10BD"),
        (Decimal("1E+5"), "100000BD"),
        (date(2013, 1, 2), "DATE'2013-01-02'"),
        (datetime(2013, 1, 2, 3, tzinfo=UTC), "TIMESTAMP'2013-01-02T03:00:00Z'"),
        (datetime(2013, 1, 2, 3), "TIMESTAMP_NTZ'2013-01-02T03:00:00'"),  # noqa: DTZ001
        ("it's \\d", "'it\\'s \\\\d'"),
        ("${env:HOME}", "'\\u0024{env:HOME}'"),
    ],
)
def test_literals_keep_their_type(value: Value, text: str) -> None:
    """Exact numbers stay exact, quotes and backslashes are escaped, nothing is substituted."""
    assert literal(value) == text


def test_identifiers_are_quoted() -> None:
    """Any column name is one identifier."""
    assert identifier("a`b; DROP") == "`a``b; DROP`"


@pytest.mark.parametrize(
    ("expectation", "predicate"),
    [
        (expect.column_values_to_not_be_null("a`b"), "`a``b` IS NULL"),
        (expect.column_values_to_be_between("n", 1, 5, strict_max=True), "NOT (`n` >= 1 AND `n` < 5)"),
        (expect.column_values_to_be_between("n", 0.5), "NOT (`n` >= 0.5BD)"),
        (expect.column_values_to_be_between("x", max_value=0.5), "NOT (`x` <= 0.5D)"),
        (expect.column_values_to_be_in_set("s", ["a", "b"]), "`s` NOT IN ('a', 'b')"),
        (expect.column_values_to_not_be_in_set("s", []), "false"),
        (expect.column_values_to_match_regex("s", r"^\d$"), "NOT (`s` RLIKE '^\\\\d$')"),
    ],
)
def test_filters_are_spark_sql(expectation: Expectation, predicate: str) -> None:
    """A filter is what a person pastes into `df.where("…")`."""
    assert compiled(expectation).filter == predicate


def test_equal_aggregates_are_one() -> None:
    """Rules on one column share its count, so that an aggregate is computed once."""
    first = compiled(expect.column_values_to_be_between("x", 1, 2))
    second = compiled(expect.column_values_to_be_in_set("x", [1.5]))
    assert len({*first.measures, *second.measures}) == 3


@given(
    unexpected=st.integers(0, 1000),
    further=st.integers(0, 1000),
    mostly=st.floats(0, 1),
)
def test_mostly_is_decided_as_great_expectations_does(unexpected: int, further: int, mostly: float) -> None:
    """`_mostly_success` of GX 1.24 (expectations/expectation.py); no rows pass."""
    considered = unexpected + further
    state = judge_rows(mostly)(unexpected, considered).state
    expected = considered == 0 or (float(considered) - float(unexpected)) / float(considered) >= mostly
    assert (state == "pass") == expected


def test_what_is_not_measured_is_unknown() -> None:
    """A missing value, or one that makes no sense, never passes."""
    check = compiled(expect.column_values_to_match_regex("s", "a"))
    unexpected, considered = check.measures
    assert judge(check, {considered: 5}, {unexpected: "why"}).reason == "why"
    assert judge(check, {considered: 5}, {}).state == "unknown"
    assert judge(check, {unexpected: None, considered: 5}, {}).state == "unknown"
    assert judge(check, {unexpected: 6, considered: 5}, {}).state == "unknown"


def test_footers_answer_only_what_they_show() -> None:
    """Bounds inside the range are zero unexpected rows; bounds outside need a count."""
    unexpected, considered = compiled(expect.column_values_to_be_between("n", 1, 5)).measures
    inside = Known(rows=4, nulls_by={"n": 1}, bounds_by={"n": (1, 5)})
    assert (answer(unexpected, inside), answer(considered, inside)) == ((0,), (3,))
    assert answer(unexpected, Known(rows=4, nulls_by={"n": 1}, bounds_by={"n": (1, 6)})) is None
    assert answer(unexpected, Known(rows=4, bounds_by={"n": (1, 5)})) == (0,)
    assert answer(considered, Known(rows=4, bounds_by={"n": (1, 5)})) is None
    assert answer(unexpected, Known(rows=4, nulls_by={"n": 4})) == (0,)
    strict, _ = compiled(expect.column_values_to_be_between("n", 1, 5, strict_min=True)).measures
    assert answer(strict, inside) is None


def test_no_rows_need_no_spark() -> None:
    """Every measure has its value over an empty interval."""
    for expectation in (
        expect.column_values_to_match_regex("s", "a"),
        expect.column_values_to_be_unique("n"),
        expect.table_row_count_to_be_between(0, 5),
    ):
        check = compiled(expectation)
        values = {measure: (answer(measure, Known(rows=0)) or (None,))[0] for measure in check.measures}
        assert judge(check, values, {}).state == "pass"


def test_builtin_checks_follow_the_contract() -> None:
    """NOT NULL, key, time and STRING partition columns are checked without being declared."""
    output = Output(
        "d",
        schema="n INT NOT NULL, s STRING, p STRING, day DATE, note STRING",
        key=("n", "s"),
        time="day",
        partition_by=("day", "p"),
    )
    day = [str(c.expectation) for c in compile_builtin(output, parse_interval("2013-01-01"))]
    assert day == [
        "column_values_to_not_be_null(n)",
        "column_values_to_not_be_null(s)",
        "compound_columns_to_be_unique({n, s})",
        "rows_in_interval(day, 2013-01-01T00:00:00Z/2013-01-02T00:00:00Z)",
        "column_values_to_not_be_in_set(p, {})",
    ]
    whole = [str(c.expectation) for c in compile_builtin(output, WHOLE)]
    assert "column_values_to_not_be_null(day)" in whole
    assert all(c.builtin for c in compile_builtin(output, WHOLE))


def test_time_bounds_follow_the_zone() -> None:
    """A day in another zone is that zone's calendar day for DATE, and its instants for TIMESTAMP."""
    interval = parse_interval("2013-03-10", zone="America/New_York")
    texts = {}
    for kind in ("DATE", "TIMESTAMP"):
        output = Output("d", schema=f"at {kind}", time="at")
        (check,) = compile_builtin(output, interval)
        texts[kind] = check.filter
    assert texts["DATE"] == "`at` IS NULL OR NOT (`at` >= DATE'2013-03-10' AND `at` < DATE'2013-03-11')"
    assert "TIMESTAMP'2013-03-10T05:00:00Z' AND `at` < TIMESTAMP'2013-03-11T04:00:00Z'" in texts["TIMESTAMP"]


def test_measures_are_values() -> None:
    """A measure is compared by its SQL, not by the function that reads footers."""
    assert Aggregate(sql="count(*)", footer=lambda _: 1) == Aggregate(sql="count(*)")
