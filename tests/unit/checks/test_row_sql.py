"""Rules about texts, pairs and several columns as SQL: what is exact stays exact, and one count finds the rows."""
# ruff: noqa: E501 - one case a line reads as a table

import pytest

from framework import Expectation, Schema, expect
from framework.checks.compile import compile_expectation
from framework.checks.measure import Aggregate, answer
from framework.contract.sparktypes import SPARK_TYPES, is_kind_of, spark_type

SCHEMA = Schema.of("s STRING, n INT, big BIGINT, d DECIMAL(10,2), x DOUBLE, m MAP<STRING,INT>")
assert SCHEMA is not None

CASES: list[tuple[Expectation, str]] = [
    (expect.column_values_to_match_regex_list("s", ["a", "b'"]), r"NOT (`s` RLIKE 'a' OR `s` RLIKE 'b\'')"),
    (expect.column_values_to_match_regex_list("s", ["a", "b"], "all"), "NOT (`s` RLIKE 'a' AND `s` RLIKE 'b')"),
    (expect.column_values_to_not_match_like_pattern("s", r"\%"), r"`s` LIKE '\\%'"),
    (expect.column_value_lengths_to_be_between("s", 1, 2, strict_max=True), "length(`s`) < 1 OR length(`s`) >= 2"),
    (expect.column_pair_values_a_to_be_greater_than_b("n", "big"), "`n` <= `big`"),
    (expect.column_pair_values_to_be_equal("n", "big", ignore_row_if="neither"), "NOT (`n` <=> `big`)"),
    (
        expect.column_pair_values_to_be_in_set("d", "s", [("0.10", "a"), (0.1, "b"), (None, None)], ignore_row_if="either_value_is_missing"),
        "(`d` IS NOT NULL AND `s` IS NOT NULL) AND (NOT ((coalesce(`d` IN (0.10BD), false) AND coalesce(`s` IN ('a', 'b'), false)) OR (`d` IS NULL AND `s` IS NULL)))",
    ),
    (
        expect.multicolumn_sum_to_equal(["big", "d"], 0.1, ignore_row_if="never"),
        "CAST(coalesce(`big`, 0) AS DECIMAL(20,0)) + coalesce(`d`, 0) != 0.1BD",
    ),
    (
        expect.multicolumn_sum_to_equal(["n", "x"], "0.1", ignore_row_if="never"),
        "CAST(coalesce(`n`, 0) AS DECIMAL(20,0)) + coalesce(`x`, 0) != 0.1D",
    ),
    (
        expect.select_column_values_to_be_unique_within_record(["n", "big", "d"], ignore_row_if="never"),
        "`n` <=> `big` OR `n` <=> `d` OR `big` <=> `d`",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("expectation", "sql"), CASES, ids=[case.type for case, _ in CASES])
def test_a_row_rule_is_one_count_of_its_filter(expectation: Expectation, sql: str) -> None:
    """The filter is what is counted; numbers keep the digits that were written, texts are escaped."""
    compiled = compile_expectation(expectation, SCHEMA)
    assert compiled.filter == sql
    assert compiled.measures[0] == Aggregate(sql=f"count_if({sql})")


class _Footers:
    """Footers of ten rows that say how many NULLs a column has."""

    rows = 10

    def __init__(self, **nulls: int | None) -> None:
        self._nulls = nulls

    def nulls(self, column: str) -> int | None:
        """As given."""
        return self._nulls[column]

    def bounds(self, _column: str) -> None:
        """Nothing."""
        return


@pytest.mark.parametrize(
    ("ignored", "footers", "told"),
    [
        ("all_values_are_missing", _Footers(n=0, big=None), 10),
        ("all_values_are_missing", _Footers(n=2, big=3), None),
        ("any_value_is_missing", _Footers(n=0, big=3), 7),
        ("any_value_is_missing", _Footers(n=2, big=3), None),
        ("any_value_is_missing", _Footers(n=0, big=None), None),
        ("never", _Footers(n=2, big=None), 10),
    ],
)
def test_footers_tell_how_many_rows_are_considered(ignored: str, footers: _Footers, told: int | None) -> None:
    """Only where the columns' NULLs cannot overlap, or need not be known."""
    expectation = expect.multicolumn_values_to_be_equal(["n", "big"], ignore_row_if=ignored)
    considered = compile_expectation(expectation, SCHEMA).measures[1]
    assert answer(considered, footers) == (None if told is None else (told,))


def test_type_names_are_those_of_pyspark() -> None:
    """Each type has its class of `pyspark.sql.types` and the classes above it, and no other."""
    from pyspark.sql import types

    # Classes between DataType and a type of ours that only some versions of Spark have.
    between = {"AnsiIntervalType", "AnyTimeType", "DatetimeType", "SpatialType"}
    theirs = {n for n, c in vars(types).items() if isinstance(c, type) and issubclass(c, types.DataType)}
    assert theirs - between - {"StructField"} <= SPARK_TYPES
    for column in SCHEMA.columns:
        assert column.datatype is not None
        found = getattr(types, spark_type(column.datatype))
        above = {c.__name__ for c in found.__mro__ if issubclass(c, types.DataType)}
        assert {name for name in SPARK_TYPES if is_kind_of(column.datatype, name)} == above - between
