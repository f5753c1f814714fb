"""File statistics hold what a footer is known to tell, and nothing else."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from framework.contract.schema import Column, Schema
from framework.publish.delta.statistics import file_statistics, parse_indexed, render_indexed


def _statistics(table: pa.Table, types: str, *, indexed: str | None = None, **options: object) -> str:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    schema = Schema.of(types)
    assert schema is not None
    return file_statistics(pq.read_metadata(file), schema, partition_columns=["part"], indexed=indexed)


def test_exact_types_are_written_exactly() -> None:
    """Integers, dates, instants in µs, strings and decimals keep every digit; no float is between."""
    wide = pa.decimal128(38, 2)
    table = pa.table(
        {
            "n": pa.array([2**63 - 1, None, -1]),
            "d": [date(1, 1, 1), date(9999, 12, 31), date(1969, 12, 31)],
            "at": pa.array([datetime(2013, 3, 10, 7, 0, 0, 123457, UTC)] * 3, pa.timestamp("us", "UTC")),
            "amount": pa.array(
                [Decimal("-0.01"), Decimal("123456789012345678901234567890123456.78"), None], wide
            ),
            "name": ["é", "\U0001f600", "a"],
            "flag": [True, None, False],
            "part": ["x", "x", "x"],
        }
    )
    types = "n BIGINT, d DATE, at TIMESTAMP, amount DECIMAL(38,2), name STRING, flag BOOLEAN, part STRING"

    assert _statistics(table, types, row_group_size=2) == (
        '{"numRecords":3,'
        '"minValues":{"n":-1,"d":"0001-01-01","at":"2013-03-10T07:00:00.123457Z","amount":-0.01,'
        '"name":"a","flag":false},'
        '"maxValues":{"n":9223372036854775807,"d":"9999-12-31","at":"2013-03-10T07:00:00.123457Z",'
        '"amount":123456789012345678901234567890123456.78,"name":"\U0001f600","flag":true},'
        '"nullCount":{"n":1,"d":0,"at":0,"amount":1,"name":0,"flag":1}}'
    )


def test_long_strings_are_cut_with_a_tie_breaker() -> None:
    """A cut maximum stays the larger one, also where the cut character is the last of Unicode."""
    found = json.loads(_statistics(pa.table({"s": ["p" * 32 + "\U0010ffff\uffff", "p" * 40]}), "s STRING"))
    assert found["minValues"]["s"] == "p" * 32
    assert found["maxValues"]["s"] == "p" * 32 + "\U0010ffff" * 2


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (pa.array([1.0]), "DOUBLE"),
        (pa.array([0], pa.timestamp("us")), "TIMESTAMP_NTZ"),
        (pa.array([0], pa.timestamp("us")), "TIMESTAMP"),
        (pa.array([datetime(2013, 1, 1, tzinfo=UTC)], pa.timestamp("ns", "UTC")), "TIMESTAMP"),
        (pa.array([1], pa.uint64()), "BIGINT"),
        (pa.array([Decimal("1.0")], pa.decimal128(9, 1)), "DECIMAL(9,2)"),
        (pa.array(["x" * 5000]), "STRING"),
        (pa.array(["\U0010ffff" * 70]), "STRING"),
    ],
)
def test_a_column_without_sure_bounds_has_none(values: pa.Array, type_: str) -> None:
    """A type off the list, or a footer that does not tell, gives no bound of any column of the file."""
    table = pa.table({"n": [1], "c": values})
    assert json.loads(_statistics(table, f"n INT, c {type_}")) == {
        "numRecords": 1,
        "nullCount": {"n": 0, "c": 0},
    }
    assert "c" not in json.loads(_statistics(table, f"n INT, c {type_}", indexed="n"))["minValues"]


def test_a_missing_column_is_all_null() -> None:
    """A column that the file lacks has as many NULLs as rows; one in another case is left out."""
    found = json.loads(_statistics(pa.table({"a": [1], "CASE": [1]}), "a INT, b INT, case INT"))
    assert found == {"numRecords": 1, "nullCount": {"a": 0, "b": 1}}


def test_nested_fields_are_no_columns() -> None:
    """A column called "s.n" and the field n of a struct s are told apart."""
    table = pa.table({"s": [{"n": 1}], "s.n": [7]})
    found = json.loads(_statistics(table, "s STRUCT<n: BIGINT>, `s.n` BIGINT", indexed="`s.n`"))
    assert found["minValues"] == {"s.n": 7}


def test_files_without_statistics_have_a_count() -> None:
    """The number of rows is always there, also of a file without rows or without statistics."""
    assert json.loads(_statistics(pa.table({"a": [1, 2]}), "a INT", write_statistics=False)) == {
        "numRecords": 2,
        "nullCount": {},
    }
    empty = pa.table({"a": pa.array([], pa.int32())})
    assert json.loads(_statistics(empty, "a INT")) == {"numRecords": 0, "nullCount": {"a": 0}}


def test_indexed_columns_are_those_with_bounds() -> None:
    """A table names the columns that every writer gives bounds, and the names are read back."""
    schema = Schema(
        tuple(
            Column(name=name, type=type_)
            for name, type_ in [("a,b", "int"), ("t`x", "string"), ("f", "double"), ("part", "date")]
        )
    )
    text = render_indexed(schema, partition_columns=["part"])
    assert text == "`a,b`,`t``x`"
    assert parse_indexed(text) == ("a,b", "t`x")
    assert parse_indexed(" a , `b.c`,d") == ("a", "b.c", "d")
