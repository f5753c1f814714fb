"""Whatever a footer answers is what an aggregate over the same file answers."""
# ruff: noqa: E501 - one case a line reads as a table

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from framework import Expectation, Schema, expect
from framework.audit.columns import find_difference
from framework.audit.statistics import FooterStatistics
from framework.checks.compile import compile_expectation
from framework.checks.measure import Aggregate, answer

DECIMALS = {name: (p, s) for name, p, s in (("d9", 9, 2), ("d18", 18, 6), ("d38", 38, 10))}
TYPES = pa.schema(
    {
        "i8": pa.int8(),
        "i32": pa.int32(),
        "i64": pa.int64(),
        "x": pa.float64(),
        "s": pa.string(),
        "b": pa.bool_(),
        "day": pa.date32(),
        "at": pa.timestamp("us", tz="UTC"),
        "wall": pa.timestamp("us"),
        **{name: pa.decimal128(p, s) for name, (p, s) in DECIMALS.items()},
        "list": pa.list_(pa.int32()),
        "deep": pa.struct({"i32": pa.int32()}),
    }
)
DDL = (
    "i8 TINYINT, i32 INT, i64 BIGINT, x DOUBLE, s STRING, b BOOLEAN, day DATE, at TIMESTAMP, wall TIMESTAMP_NTZ, "
    "d9 DECIMAL(9,2), d18 DECIMAL(18,6), d38 DECIMAL(38,10), list ARRAY<INT>, deep STRUCT<i32: INT>"
)
SCHEMA = Schema.of(DDL)
assert SCHEMA is not None

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
_naive = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001
VALUES: dict[str, st.SearchStrategy[object]] = {
    "i8": st.integers(-128, 127),
    "i32": st.integers(-(2**31), 2**31 - 1),
    "i64": st.integers(-(2**63), 2**63 - 1),
    "x": st.floats(width=64),
    "s": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80),
    "b": st.booleans(),
    "day": st.dates(date(1900, 1, 1), date(9999, 12, 31)),
    "at": _naive.map(lambda moment: moment.replace(tzinfo=UTC)),
    "wall": _naive,
    **{
        name: st.integers(-(10**p) + 1, 10**p - 1).map(lambda n, s=s: Decimal(f"{n}E-{s}"))
        for name, (p, s) in DECIMALS.items()
    },
    "list": st.lists(st.integers(0, 9), max_size=2),
    "deep": st.fixed_dictionaries({"i32": st.none() | st.integers(0, 9)}),
}
COMPARED = ("i8", "i32", "i64", "x", "s", "day", "at", "wall", "d9", "d18", "d38")


@dataclass(frozen=True)
class Case:
    """One file and rules about it."""

    table: pa.Table
    group: int
    rules: list[Expectation]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A table, cut into row groups, with rules whose bounds are often its own values."""
    size = draw(st.integers(0, 12))
    columns = {
        name: draw(
            st.lists(
                st.none() if draw(st.integers(0, 5)) == 0 else st.none() | values,
                min_size=size,
                max_size=size,
            )
        )
        for name, values in VALUES.items()
    }
    rules = [expect.table_row_count_to_be_between(1)]
    for name in VALUES:
        rules += [expect.column_values_to_not_be_null(name), expect.column_values_to_be_null(name)]
    for name in COMPARED:
        own = [value for value in columns[name] if value is not None and value == value]  # noqa: PLR0124
        bounds = sorted(draw(st.lists(st.sampled_from(own) if own else VALUES[name], min_size=2, max_size=2)))
        if not any(isinstance(bound, float) and math.isnan(bound) for bound in bounds):
            strict = {"strict_min": draw(st.booleans()), "strict_max": draw(st.booleans())}
            rules += [
                expect.column_values_to_be_between(name, *bounds, **strict),
                expect.column_values_to_be_between(
                    name, min(own, default=bounds[0]), max(own, default=bounds[1])
                ),
            ]
            rules += [
                expect.column_max_to_be_between(name, bounds[0]),
                expect.column_min_to_be_between(name, bounds[0]),
            ]
    rules += [expect.column_max_to_be_recent(name, within="1 day") for name in ("day", "at", "wall")]
    for missing in ("any_value_is_missing", "all_values_are_missing", "never"):
        rules += [
            expect.compound_columns_to_be_unique(draw(st.permutations(COMPARED))[:2], ignore_row_if=missing)
        ]
    rules += [expect.column_proportion_of_non_null_values_to_be_between(name, 0.5) for name in COMPARED]
    return Case(pa.table(columns, schema=TYPES), draw(st.integers(1, 12)), rules)


def measures(case: Case) -> list[Aggregate]:
    """Every aggregate of the rules."""
    compiled = [compile_expectation(rule, SCHEMA) for rule in case.rules]
    return [m for check in compiled for m in check.measures if isinstance(m, Aggregate)]


@pytest.fixture(scope="module")
def compare(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., None]:
    """Write the case, and compare its footer with Spark's aggregates."""
    root = tmp_path_factory.mktemp("footers")
    numbers = iter(range(10_000))

    def run(case: Case, *, by_spark: bool) -> None:
        path = root / f"{next(numbers)}.parquet"
        pq.write_table(case.table, path, row_group_size=case.group)
        if by_spark:
            written = path.with_suffix("")
            spark.read.schema(DDL).parquet(str(path)).coalesce(1).write.parquet(str(written))
            path = next(written.glob("*.parquet"))
        compare_file(spark, path, measures(case))

    return run


def compare_file(spark: SparkSession, path: Path, asked: list[Aggregate]) -> None:
    """Every measure that the footer answers, and every bound it gives, equals Spark's."""
    footer = pq.read_metadata(path)
    assert find_difference(footer, SCHEMA) is None
    statistics = FooterStatistics([footer], SCHEMA)
    told = {measure: known[0] for measure in asked if (known := answer(measure, statistics)) is not None}
    bounded = {n: b for n in COMPARED if (b := statistics.bounds(n)) is not None}
    assert not {"x", "s"} & bounded.keys()
    frame = spark.read.schema(DDL).parquet(str(path))
    row = frame.agg(
        *(F.expr(measure.sql).alias(f"m{n}") for n, measure in enumerate(told)),
        *(F.expr(f"struct(cast(min({n}) AS STRING), cast(max({n}) AS STRING))").alias(n) for n in bounded),
    ).first()
    assert {m.sql: row[f"m{n}"] for n, m in enumerate(told)} == {m.sql: v for m, v in told.items()}
    for name, (low, high) in bounded.items():
        kind = SCHEMA.find(name).type
        same = spark.sql(f"SELECT cast('{row[name][0]}' AS {kind}), cast('{row[name][1]}' AS {kind})").first()
        assert [_instant(value, kind) for value in same] == [low, high], name


def _instant(value: object, kind: str) -> object:
    """PySpark gives a TIMESTAMP naive, in the time zone of the process."""
    return value.astimezone(UTC) if isinstance(value, datetime) and kind == "timestamp" else value


@settings(max_examples=12, suppress_health_check=list(HealthCheck), derandomize=True)
@given(case=cases())
def test_footers_of_arrow_files(compare: Callable[..., None], case: Case) -> None:
    """Files with many row groups, written by Arrow."""
    compare(case, by_spark=False)


@settings(max_examples=12, suppress_health_check=list(HealthCheck), derandomize=True)
@given(case=cases())
def test_footers_of_spark_files(compare: Callable[..., None], case: Case) -> None:
    """Files as a stage has them, written by Spark."""
    compare(case, by_spark=True)


def test_footers_answer_what_they_should(spark: SparkSession, tmp_path: Path) -> None:
    """On ordinary values nothing but floats and strings is left for the aggregate."""
    day = timedelta(days=3)
    table = (
        pa.table(
            {
                **{n: [1, 2] for n in ("i8", "i32", "i64")},
                **{n: [Decimal("1.25"), None] for n in DECIMALS},
                "x": [1.0, 2.0],
                "s": ["a", "b"],
                "b": [True, None],
                "day": [date(2013, 1, 1)] * 2,
                "at": [EPOCH.replace(tzinfo=UTC) + day] * 2,
                "wall": [EPOCH + day] * 2,
                "list": [[1], None],
                "deep": [{"i32": 1}, None],
            }
        )
        .select(TYPES.names)
        .cast(TYPES)
    )
    pq.write_table(table, tmp_path / "t.parquet")
    spark.read.schema(DDL).parquet(str(tmp_path / "t.parquet")).coalesce(1).write.parquet(str(tmp_path / "s"))
    footer = pq.read_metadata(next((tmp_path / "s").glob("*.parquet")))
    statistics = FooterStatistics([footer], SCHEMA)
    assert {n for n in TYPES.names if statistics.nulls(n) is None} == {"list", "deep"}
    assert {n for n in COMPARED if statistics.bounds(n) is None} == {"x", "s"}


def test_a_column_without_statistics_is_not_answered(tmp_path: Path) -> None:
    """One row group without statistics leaves the column to the aggregate."""
    table = pa.table({"i32": pa.array([1, None], pa.int32()), "i64": pa.array([1, 2], pa.int64())})
    schema = Schema.of("i32 INT, i64 BIGINT")
    pq.write_table(table, tmp_path / "with.parquet")
    pq.write_table(table, tmp_path / "without.parquet", write_statistics=["i64"])
    footers = [pq.read_metadata(tmp_path / f"{name}.parquet") for name in ("with", "without")]
    statistics = FooterStatistics(footers, schema)
    assert (statistics.rows, statistics.nulls("i32"), statistics.bounds("i32")) == (4, None, None)
    assert (statistics.nulls("i64"), statistics.bounds("i64")) == (0, (1, 2))
