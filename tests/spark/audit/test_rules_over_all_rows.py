"""Rules over all rows together on real rows: nulls, NaN, infinities, exact types, several intervals at once."""
# ruff: noqa: E501 - one case a line reads as a table

from collections.abc import Sequence

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from framework import WHOLE, Expectation, Schema, expect
from framework.audit.evaluate import evaluate
from framework.audit.relation import Relation
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Judgement
from framework.checks.verdict import Observed
from framework.contract.catalogue import faults_of
from framework.interval import Interval, parse_interval

SCHEMA = Schema.of(
    "id INT, big BIGINT, x DOUBLE, y DOUBLE, f FLOAT, d DECIMAL(38,10), s STRING, day DATE, at TIMESTAMP, "
    "wall TIMESTAMP_NTZ, b BOOLEAN, none INT, none_x DOUBLE"
)
DAYS = tuple(parse_interval("2013-01-01/2013-01-04").units())


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """Five rows with every awkward value."""
    assert SCHEMA is not None
    made = spark.sql(
        """
        SELECT * FROM VALUES
          (1, 9223372036854775807L, double('NaN'), 1D, float(0.1), 0.1BD, 'b', DATE'2013-01-01', TIMESTAMP'2013-01-01T00:00:00Z', TIMESTAMP_NTZ'2013-03-10T02:30:00', true, NULL, NULL),
          (2, 9223372036854775807L, double('Infinity'), 2D, float(-0.0), -0.5BD, 'é', DATE'2013-01-02', TIMESTAMP'2013-01-01T23:59:59.999999Z', NULL, false, NULL, NULL),
          (2, -3L, -0.0D, 3D, float(0.0), NULL, 'b', DATE'1969-12-31', NULL, NULL, true, NULL, NULL),
          (NULL, NULL, 0.0D, 100D, NULL, 9999999999999999999999999999.0000000001BD, 'a', NULL, TIMESTAMP'+11000-01-01T00:00:00Z', NULL, NULL, NULL, NULL),
          (NULL, 0L, NULL, NULL, float(1), 1BD, NULL, DATE'2013-01-02', TIMESTAMP'1969-12-31T23:59:59.999999Z', NULL, true, NULL, NULL)
        """
    ).toDF(*SCHEMA.names)
    return made.select(*(F.col(c.name).cast(c.type).alias(c.name) for c in SCHEMA.columns))


def judged(
    frame: DataFrame, expectations: Sequence[Expectation], intervals: Sequence[Interval] = (WHOLE,)
) -> dict[Interval, list[Judgement]]:
    """What the engine says, without footers; with several intervals the frame has a column `part`."""
    assert SCHEMA is not None
    assert [str(fault) for e in expectations for fault in faults_of(e, SCHEMA)] == []
    compiled = [compile_expectation(e, SCHEMA) for e in expectations]
    label = "part" if len(intervals) > 1 else None
    relation = Relation(frame=frame, labels={f"v{i.label}": i for i in intervals}, name="d", label=label)
    return evaluate(dict.fromkeys(intervals, compiled), {}, lambda: relation)


CASES: list[tuple[Expectation, bool, Observed]] = [
    (expect.column_max_to_be_between("id", 2, 2), True, 2),
    (expect.column_max_to_be_between("id", 2, strict_min=True), False, 2),
    (expect.column_max_to_be_between("id", max_value=2, strict_max=True), False, 2),
    (expect.column_max_to_be_between("id", 1.5, 2.5), True, 2),
    (expect.column_min_to_be_between("id", 1, 1), True, 1),
    (expect.column_max_to_be_between("x", 0), False, None),
    (expect.column_min_to_be_between("x", 0, 0), True, 0.0),
    (expect.column_max_to_be_between("y", max_value=float("inf")), True, 100.0),
    (expect.column_min_to_be_between("f", 0, 0), True, 0.0),
    (
        expect.column_max_to_be_between("d", "9999999999999999999999999999.0000000001"),
        True,
        "9999999999999999999999999999.0000000001",
    ),
    (
        expect.column_max_to_be_between("d", "9999999999999999999999999999.0000000001", strict_min=True),
        False,
        "9999999999999999999999999999.0000000001",
    ),
    (expect.column_min_to_be_between("d", -0.5, -0.5), True, "-0.5000000000"),
    (expect.column_max_to_be_between("s", "é", "é"), True, "é"),
    (expect.column_min_to_be_between("s", "b"), False, "a"),
    (expect.column_max_to_be_between("day", "2013-01-02", "2013-01-02"), True, "2013-01-02"),
    (expect.column_min_to_be_between("day", "1970-01-01"), False, "1969-12-31"),
    (
        expect.column_min_to_be_between("at", "1969-12-31T23:59:59.999999Z", "1970-01-01"),
        True,
        "1969-12-31T23:59:59.999999Z",
    ),
    (
        expect.column_max_to_be_between("at", "2013-01-01"),
        True,
        "+284,959,296,000,000,000 microseconds from 1970-01-01",
    ),
    (
        expect.column_max_to_be_between("wall", "2013-03-10T02:30:00", "2013-03-10T02:30:00"),
        True,
        "2013-03-10T02:30:00",
    ),
    (expect.column_max_to_be_between("none", 0), False, None),
    (expect.column_mean_to_be_between("id", 5 / 3, 5 / 3), True, 5 / 3),
    (expect.column_mean_to_be_between("x", 0), False, None),
    (expect.column_mean_to_be_between("y", 26.5, 26.5), True, 26.5),
    (expect.column_mean_to_be_between("none", 0), False, None),
    (expect.column_mean_to_be_between("d", 0.2, row_condition="d < 2"), True, "0.20000000000000"),
    (
        expect.column_mean_to_be_between("d", max_value=0.2, strict_max=True, row_condition="d < 2"),
        False,
        "0.20000000000000",
    ),
    (expect.column_sum_to_be_between("id", 5, 5), True, 5),
    (
        expect.column_sum_to_be_between("big", 18446744073709551611, 18446744073709551611),
        True,
        18446744073709551611,
    ),
    (expect.column_sum_to_be_between("big", max_value=0, row_condition="big < 0"), True, -3),
    (expect.column_sum_to_be_between("big", 0, row_condition="id > 9"), False, None),
    (expect.column_sum_to_be_between("y", 106), True, 106.0),
    (expect.column_sum_to_be_between("x", 0, row_condition="x > 1 AND NOT isnan(x)"), True, float("inf")),
    (expect.column_sum_to_be_between("none", 0), False, None),
    (expect.column_stdev_to_be_between("y", 49, 49.01), True, 49.00680224893955),
    (expect.column_stdev_to_be_between("id", 0.57, 0.58), True, 0.5773502691896258),
    (expect.column_stdev_to_be_between("y", 0, row_condition="y = 1"), False, None),
    (expect.column_median_to_be_between("y", 2.5, 2.5), True, 2.5),
    (expect.column_median_to_be_between("id", 2, 2), True, 2.0),
    (expect.column_median_to_be_between("x", 0, 0), True, 0.0),
    (expect.column_median_to_be_between("none_x", 0), False, None),
    (expect.column_median_to_be_between("y", 2, 2, row_condition="y < 50"), True, 2.0),
    (
        expect.column_quantile_values_to_be_between(
            "y", {"quantiles": [0, 0.5, 1], "value_ranges": [[1, 1], [None, 2], [100, None]]}
        ),
        True,
        (1.0, 2.0, 100.0),
    ),
    (
        expect.column_quantile_values_to_be_between("y", {"quantiles": [0.5], "value_ranges": [[2.0001, 3]]}),
        True,
        (2.0,),
    ),
    (
        expect.column_quantile_values_to_be_between("y", {"quantiles": [0.5], "value_ranges": [[2.1, 3]]}),
        False,
        (2.0,),
    ),
    (
        expect.column_quantile_values_to_be_between(
            "y", {"quantiles": [0.5], "value_ranges": [[2, 2]]}, allow_relative_error=0.1
        ),
        True,
        (2.0,),
    ),
    (
        expect.column_quantile_values_to_be_between(
            "none", {"quantiles": [0.5], "value_ranges": [[None, None]]}
        ),
        False,
        None,
    ),
    (expect.column_unique_value_count_to_be_between("id", 2, 2), True, 2),
    (expect.column_unique_value_count_to_be_between("x", 3, 3), True, 3),
    (expect.column_unique_value_count_to_be_between("f", 3, strict_min=True), False, 3),
    (expect.column_unique_value_count_to_be_between("none", 0, 0), True, 0),
    (expect.column_unique_value_count_to_be_between("s", 2, 2, row_condition="s <> 'a'"), True, 2),
    (expect.column_proportion_of_unique_values_to_be_between("id", 0.6, 0.7), True, 2 / 3),
    (expect.column_proportion_of_unique_values_to_be_between("none", max_value=0), True, 0),
    (expect.column_proportion_of_non_null_values_to_be_between("id", 0.6, 0.6), True, 0.6),
    (expect.column_proportion_of_non_null_values_to_be_between("none", 0, strict_min=True), False, 0.0),
    (expect.column_proportion_of_non_null_values_to_be_between("id", 1, row_condition="big > 5"), True, 1.0),
    (expect.column_most_common_value_to_be_in_set("s", ["b"]), True, ("b",)),
    (expect.column_most_common_value_to_be_in_set("s", ["a"]), False, ("b",)),
    (expect.column_most_common_value_to_be_in_set("day", ["2013-01-02"]), True, ("2013-01-02",)),
    (expect.column_most_common_value_to_be_in_set("y", [2]), False, None),
    (expect.column_most_common_value_to_be_in_set("y", [2], ties_okay=True), True, None),
    (expect.column_most_common_value_to_be_in_set("y", [7], ties_okay=True), False, None),
    (expect.column_most_common_value_to_be_in_set("x", [0]), True, (0.0,)),
    (expect.column_most_common_value_to_be_in_set("b", [True]), True, (True,)),
    (
        expect.column_most_common_value_to_be_in_set(
            "at", ["1969-12-31T23:59:59.999999Z"], row_condition="at < '2000-01-01'"
        ),
        True,
        ("1969-12-31T23:59:59.999999Z",),
    ),
    (expect.column_most_common_value_to_be_in_set("none", [1], ties_okay=True), False, ()),
    (expect.table_row_count_to_equal(5), True, 5),
    (expect.table_row_count_to_equal(3, row_condition="id IS NOT NULL"), True, 3),
    (expect.table_row_count_to_be_between(5, strict_min=True), False, 5),
    (expect.table_row_count_to_be_between(max_value=6, strict_max=True), True, 5),
]


def test_each_rule_observes_and_decides(frame: DataFrame) -> None:
    """State and observed value of each rule are Great Expectations', exact where floats would not be."""
    found = judged(frame, [case for case, _, _ in CASES])[WHOLE]
    wrong = [
        (str(rule), judgement)
        for (rule, holds, observed), judgement in zip(CASES, found, strict=True)
        if (judgement.state == "pass", judgement.observed) != (holds, observed)
    ]
    assert wrong == []
    assert {j.state for j in found} == {"pass", "fail"}


COUNTED: list[tuple[Expectation, int | None, int | None]] = [
    (expect.column_value_z_scores_to_be_less_than("y", 1.4, double_sided=True), 1, 4),
    (expect.column_value_z_scores_to_be_less_than("y", 1.4, double_sided=True, mostly=0.75), 1, 4),
    (expect.column_value_z_scores_to_be_less_than("y", 1.5, double_sided=False), 0, 4),
    (expect.column_value_z_scores_to_be_less_than("y", 0.5, double_sided=False), 1, 4),
    (expect.column_value_z_scores_to_be_less_than("y", -0.5, double_sided=True), 2, 4),
    (expect.column_value_z_scores_to_be_less_than("x", 3, double_sided=True), 0, 4),
    (expect.column_value_z_scores_to_be_less_than("x", 4, double_sided=True), 0, 4),
    (expect.column_value_z_scores_to_be_less_than("none", 3, double_sided=True), 0, 0),
    (expect.column_value_z_scores_to_be_less_than("id", 0, double_sided=True, row_condition="id = 2"), 0, 2),
    (
        expect.column_value_z_scores_to_be_less_than("id", 0.5, double_sided=True, row_condition="big <> 0"),
        3,
        3,
    ),
    (expect.column_value_z_scores_to_be_less_than("d", 1, double_sided=True, row_condition="d < 2"), 1, 3),
    (expect.column_values_to_not_be_outliers("y"), 1, 4),
    (expect.column_values_to_not_be_outliers("y", multiplier=4), 0, 4),
    (expect.column_values_to_not_be_outliers("y", "std", 1), 1, 4),
    (expect.column_values_to_not_be_outliers("y", "std", 0), 4, 4),
    (expect.column_values_to_not_be_outliers("y", "std", 2), 0, 4),
    (expect.column_values_to_not_be_outliers("x"), 0, 4),
    (expect.column_values_to_not_be_outliers("x", "std"), 0, 4),
    (expect.column_values_to_not_be_outliers("none"), 0, 0),
    (expect.column_values_to_not_be_outliers("y", row_condition="y < 50"), 0, 3),
    (expect.column_distinct_values_to_be_in_set("s", ["a", "b", "z"]), 1, 3),
    (expect.column_distinct_values_to_be_in_set("x", [0.0, 5]), 2, 3),
    (expect.column_distinct_values_to_be_in_set("d", [0.1, "-0.5", 1]), 1, 4),
    (expect.column_distinct_values_to_equal_set("day", ["2013-01-01", "2013-01-02", "1969-12-31"]), 0, 3),
    (expect.column_distinct_values_to_equal_set("b", [True]), 1, 2),
    (expect.column_distinct_values_to_be_in_set("none", [1]), 0, 0),
]


def test_each_rule_counts_what_breaks_it(frame: DataFrame) -> None:
    """Values far from the others are counted as rows, values outside of a set as values."""
    found = judged(frame, [case for case, _, _ in COUNTED])[WHOLE]
    wrong = [
        (str(rule), judgement)
        for (rule, *counted), judgement in zip(COUNTED, found, strict=True)
        if [judgement.unexpected, judgement.considered] != counted
    ]
    assert wrong == []
    for (expectation, unexpected, considered), judgement in zip(COUNTED, found, strict=True):
        held = not unexpected or (considered or 0) - unexpected >= expectation.mostly * (considered or 0)
        assert judgement.state == ("pass" if held else "fail"), expectation


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (expect.column_distinct_values_to_contain_set("s", ["a", "b", "b", "é"]), None),
        (
            expect.column_distinct_values_to_contain_set("s", ["a", "x", "y"]),
            "2 of 3 values of the set do not come",
        ),
        (expect.column_distinct_values_to_contain_set("none", [1]), "1 of 1 values of the set do not come"),
        (expect.column_distinct_values_to_contain_set("f", [-0.0, 1, 0]), None),
        (
            expect.column_distinct_values_to_equal_set("s", ["a", "x"]),
            "2 of 3 distinct values are not in the set; 1 of 2 values of the set do not come",
        ),
    ],
)
def test_a_set_says_what_differs(frame: DataFrame, rule: Expectation, reason: str | None) -> None:
    """What does not come and what is not in the set are told as numbers, not as values of rows."""
    (found,) = judged(frame, [rule])[WHOLE]
    assert (found.state, found.reason) == ("fail" if reason else "pass", reason)


def test_intervals_are_measured_each_by_itself(spark: SparkSession) -> None:
    """In a batch every aggregate, distinct count, quantile and deviation is that of its own interval."""
    rows = [
        (f"v{day.label}", float(n * 10 ** (2 * number)))
        for number, day in enumerate(DAYS[:2])
        for n in range(1, 6)
    ]
    made = spark.createDataFrame([*rows, (f"v{DAYS[0].label}", 1000.0)], "part STRING, y DOUBLE")
    rules = [
        expect.column_max_to_be_between("y", max_value=500),
        expect.column_mean_to_be_between("y", max_value=300),
        expect.column_median_to_be_between("y", max_value=100),
        expect.column_unique_value_count_to_be_between("y", 6),
        expect.column_values_to_not_be_outliers("y"),
        expect.column_value_z_scores_to_be_less_than("y", 2, double_sided=True),
        expect.column_most_common_value_to_be_in_set("y", [100, 5], ties_okay=True),
        expect.column_distinct_values_to_be_in_set("y", range(100, 501, 100)),
    ]
    found = judged(made, rules, DAYS)
    assert [j.observed for j in found[DAYS[0]]] == [1000.0, 1015 / 6, 3.5, 6, None, None, None, None]
    assert [j.observed for j in found[DAYS[1]]] == [500.0, 300.0, 300.0, 5, None, None, None, None]
    assert [j.unexpected for j in found[DAYS[0]]] == [None, None, None, None, 1, 1, None, 6]
    assert [j.unexpected for j in found[DAYS[1]]] == [None, None, None, None, 0, 0, None, 0]
    empty = [j.state for j in found[DAYS[2]]]
    assert empty == ["fail", "fail", "fail", "fail", "pass", "pass", "fail", "pass"]
