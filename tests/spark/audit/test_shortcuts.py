"""What is measured by a short cut is what is measured without it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from framework import WHOLE, Expectation, Interval, Schema, expect
from framework.audit import values as by_values
from framework.audit.evaluate import evaluate
from framework.audit.quantiles import measure_quantiles
from framework.audit.relation import Relation, Scanned
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Compiled, Judgement
from framework.checks.measure import Aggregate, Grouped, Quantiles
from framework.errors import FailedError
from framework.interval import parse_interval

DDL = "day STRING, x DOUBLE, f FLOAT, s STRING, n INT, d DECIMAL(9,2), at TIMESTAMP, wall TIMESTAMP_NTZ, on DATE"  # noqa: E501
DAYS = ("2013-01-01", "2013-01-02", "2013-01-03")


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """A day of ordinary values, one of awkward ones, one of NULLs."""
    return spark.sql(
        r"""
        SELECT * FROM VALUES
          ('1', 1.5D, float(0.1), 'ab', 1, 0.10BD, TIMESTAMP'2013-01-01T00:00:00Z', TIMESTAMP_NTZ'2013-01-01T00:00:00', DATE'2013-01-01'),
          ('1', 2.5D, float(0.5), 'b', 2, 0.20BD, TIMESTAMP'2013-01-02T00:00:00Z', TIMESTAMP_NTZ'2013-01-02T00:00:00', DATE'2013-01-02'),
          ('1', NULL, float(0.1), NULL, 2, NULL, NULL, NULL, NULL),
          ('2', double('NaN'), float('-Infinity'), '', -7, -0.10BD, TIMESTAMP'0001-01-01T00:00:00Z', TIMESTAMP_NTZ'9999-12-31T00:00:00', DATE'0001-01-01'),
          ('2', -0.0D, float('NaN'), '😀', 7, 9.99BD, TIMESTAMP'2013-01-02T00:00:00Z', TIMESTAMP_NTZ'2013-01-02T00:00:00', DATE'9999-12-31'),
          ('2', 0.0D, float(1), '￿', 0, 0BD, NULL, NULL, DATE'2013-01-02'),
          ('3', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
          ('3', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
        """  # noqa: E501
    ).toDF(*(column.split()[0] for column in DDL.split(", ")))


def judged(
    frame: DataFrame, rules: Sequence[Expectation], *, shortened: bool, rows: Sequence[int] = ()
) -> dict[Interval, list[Judgement]]:
    """The judgements on each day, with the short cuts or without; `rows`: of each day, as footers say."""
    schema = Schema.of(DDL)
    assert schema is not None
    intervals = {str(number): parse_interval(day) for number, day in enumerate(DAYS, start=1)}
    compiled = [compile_expectation(rule, schema) for rule in rules]
    if not shortened:
        compiled = [_whole(check) for check in compiled]
    counted = dict(zip(intervals.values(), rows, strict=False))
    relation = Relation(frame=frame, labels=intervals, label="day", name="t", rows=counted)
    return evaluate(dict.fromkeys(intervals.values(), compiled), {}, lambda: relation)


def _whole(check: Compiled) -> Compiled:
    def whole(measure: object) -> object:
        if isinstance(measure, Aggregate):
            return replace(measure, proof=None)
        return replace(measure, repeated=False) if isinstance(measure, Grouped) else measure

    return replace(check, measures=tuple(map(whole, check.measures)))


BOUNDS: dict[str, list[float] | list[str]] = {
    "x": [-1.0, -0.0, 0.0, 1.5, 2.5],
    "f": [-1.0, 0.1, 0.5, 1.0],
    "s": ["", "a", "b", "z", "\uffff", "😀"],
    "n": [-7, 0, 2, 7],
    "d": ["-0.10", "0.10", "0.20", "9.99"],
    "at": ["0001-01-01T00:00:00Z", "2013-01-01T00:00:00Z", "2013-01-02T00:00:00Z"],
    "wall": ["2013-01-01T00:00:00", "2013-01-02T00:00:00", "9999-12-31T00:00:00"],
    "on": ["0001-01-01", "2013-01-02", "9999-12-31"],
}


def ranges() -> Iterator[Expectation]:
    """Ranges whose bounds are the values, open and closed, one-sided, and on some of the rows."""
    for name, values in BOUNDS.items():
        for low in values:
            yield expect.column_values_to_be_between(name, min_value=low)
            yield expect.column_values_to_be_between(name, max_value=low, row_condition="n > 0")
            for strict in ({}, {"strict_min": True}, {"strict_max": True}):
                yield expect.column_values_to_be_between(name, low, values[-1], **strict)
    for low in range(3):
        yield expect.column_value_lengths_to_equal("s", low)
        for strict in ({}, {"strict_min": True}, {"strict_max": True}):
            yield expect.column_value_lengths_to_be_between("s", low, 2, **strict)


def test_many_rules_by_the_bounds_of_their_columns(frame: DataFrame) -> None:
    """Rules that bounds prove say what each says when its rows are counted, for awkward values too."""
    rules = list(ranges())
    assert judged(frame, rules, shortened=True) == judged(frame, rules, shortened=False)


def test_rules_that_hold_are_one_aggregate(
    spark: SparkSession, frame: DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five hundred ranges of a column that hold are not counted one by one."""
    asked: list[int] = []
    aggregate = type(frame.groupBy()).agg
    monkeypatch.setattr(
        type(frame.groupBy()), "agg", lambda self, *each: asked.append(len(each)) or aggregate(self, *each)
    )
    rules = [expect.column_values_to_be_between("x", -n, 9 + n) for n in range(500)]
    schema = Schema.of(DDL)
    assert schema is not None
    compiled = [compile_expectation(rule, schema) for rule in rules]
    relation = Relation(frame=frame.where("day = '1'"), labels={"": WHOLE}, name="t")
    found = evaluate({WHOLE: compiled}, {}, lambda: relation)[WHOLE]
    assert {each.state for each in found} == {"pass"}
    assert asked == [4]  # rows, the values that are there, the smallest, the largest


CONDITIONS = (None, "n > 0", "s IN ('ab', '😀') OR `day` = '1'", "x = 0.0", "upper(s) = 'AB'")
"""On no column, on a column itself, on others, on one of floats, with a function."""


def counts() -> Iterator[Expectation]:
    """Rules about rows of which some hold, some fail, some fail for few rows, all on some of the rows."""
    for condition, mostly in zip(CONDITIONS, cycle((1, 0.5)), strict=False):
        for name in ("x", "s", "d", "at", "on"):
            wanted = BOUNDS[name]
            yield _among(expect.column_values_to_be_in_set(name, wanted[:2]), condition, mostly)
            yield _among(expect.column_values_to_not_be_null(name), condition, mostly)
        yield _among(expect.column_values_to_be_between("n", 1, 7), condition, mostly)
        yield _among(expect.column_values_to_match_regex("s", "^[ab]*$"), condition, mostly)
        yield _among(expect.column_value_lengths_to_equal("s", 1), condition, mostly)
        yield _among(expect.column_pair_values_a_to_be_greater_than_b("n", "d"), condition, mostly)


def _among(rule: Expectation, condition: str | None, mostly: float = 1) -> Expectation:
    where = {} if condition is None else {"row_condition": condition}
    return replace(rule, arguments={**rule.arguments, **where}, mostly=mostly)


@pytest.fixture
def grouped(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The columns that are grouped, from one count and one row on."""
    monkeypatch.setattr(by_values, "_MEASURES", 1)
    monkeypatch.setattr(by_values, "_WORK", 1)
    found: list[set[str]] = []
    measure = by_values._measure

    def noted(
        relation: Relation, intervals: Sequence[Interval], groups: by_values._Groups, scanned: Scanned
    ) -> None:
        measure(relation, intervals, groups, scanned)
        found.append(groups.columns)

    monkeypatch.setattr(by_values, "_measure", noted)
    return found


def test_rules_about_few_values_by_their_groups(frame: DataFrame, grouped: list[set[str]]) -> None:
    """What is counted over groups of equal values is what is counted over the rows; floats never are."""
    rules = list(counts())
    direct = judged(frame, rules, shortened=False)
    assert not grouped
    assert judged(frame, rules, shortened=True, rows=(3, 3, 2)) == direct
    assert set().union(*grouped) == {"s", "n", "d", "at", "on", "day"}


def test_a_rule_at_fault_among_groups(frame: DataFrame, grouped: list[set[str]]) -> None:
    """Rules on a condition that Spark cannot compute are unknown, the others are judged."""
    rules = [
        _among(expect.column_values_to_be_in_set("s", [text, "b"]), condition)
        for text in ("a", "ab", "")
        for condition in (None, "n % n = 0")
    ]
    direct = judged(frame, rules, shortened=False)
    assert judged(frame, rules, shortened=True, rows=(3, 3, 2)) == direct
    assert {each.state for found in direct.values() for each in found} >= {"pass", "fail", "unknown"}


def test_groups_of_other_rows_than_the_footers_say(frame: DataFrame, grouped: list[set[str]]) -> None:
    """Groups whose rows are not as many as in the audited files are no verdict."""
    rules = [expect.column_values_to_be_in_set("n", [1, n]) for n in range(2, 9)]
    with pytest.raises(FailedError, match="say 4 rows, Spark read 3"):
        judged(frame, rules, shortened=True, rows=(3, 4, 2))
    assert not grouped


@pytest.mark.parametrize(
    "columns", [["n"], ["x"], ["f"], ["s", "n"], ["x", "f"], ["n", "d"], ["at", "wall", "on"]]
)
def test_uniqueness_by_hashes(frame: DataFrame, columns: list[str]) -> None:
    """Equal values have equal hashes, NaN and both zeros too: no repeated row hides behind them."""
    doubled = frame.union(frame.where("day = '2'"))
    for rows in (frame, doubled):
        for missing in ("never", "any_value_is_missing", "all_values_are_missing"):
            if len(columns) == 1:
                rules = [expect.column_values_to_be_unique(columns[0])]
            else:
                rules = [expect.compound_columns_to_be_unique(columns, ignore_row_if=missing)]
            assert judged(rows, rules, shortened=True) == judged(rows, rules, shortened=False)


def test_zeros_and_nans_are_repeated(spark: SparkSession) -> None:
    """-0.0 equals 0.0 and NaN every NaN, whatever their bits."""
    rows = spark.sql(
        "SELECT '1' AS day, * FROM VALUES (-0.0D), (0.0D), (1.0D), (double('NaN')), (double('NaN'))"
    )
    frame = rows.toDF("day", "x")
    for name in ("f", "s", "n", "d", "at", "wall", "on"):
        frame = frame.withColumn(name, F.lit(None))
    found = judged(frame, [expect.column_values_to_be_unique("x")], shortened=True)
    (judgement,) = found[parse_interval(DAYS[0])]
    assert (judgement.state, judgement.unexpected) == ("fail", 4)


def test_exact_quantiles_are_those_of_approx_quantile(frame: DataFrame) -> None:
    """One pass for all days finds what Great Expectations asks of each day, at error 0."""
    rows = frame.where("day != '3'").union(frame.where("day = '2'"))
    fractions = [0.0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 1.0]
    relation = Relation(
        frame=rows,
        labels={str(n): parse_interval(day) for n, day in enumerate(DAYS, 1)},
        label="day",
        name="t",
    )
    measures = [
        Quantiles(column=name, where="n IS NOT NULL", fractions=tuple(fractions))
        for name in ("x", "f", "n", "d")
    ]
    scanned = Scanned()
    measure_quantiles(relation, dict.fromkeys(measures, tuple(relation.labels.values())), scanned)
    for label, interval in relation.labels.items():
        among = rows.where(f"day = '{label}' AND n IS NOT NULL")
        wanted = among.approxQuantile([measure.column for measure in measures], fractions, 0.0)
        assert [list(scanned.values[interval][measure]) for measure in measures] == wanted
