"""Types of Spark as columns of Redshift, and what the table of a contract is made of."""

import pytest

from framework.contract.ddl import parse_type
from framework.contract.schema import Schema
from framework.environment.redshift import RedshiftOptions
from framework.tables.redshift.ddl import (
    column_faults,
    create_loading_table,
    create_table,
    missing_columns,
    schema_faults,
    short_columns,
)
from framework.tables.redshift.names import Names
from framework.tables.redshift.types import column_type, length_of, refusal, roomy_length, spark_type

NAMES = Names(schema="reports", table='t"; --')


def _schema(ddl: str) -> Schema:
    schema = Schema.of(ddl)
    assert schema is not None
    return schema


@pytest.mark.parametrize(
    "type_",
    [
        *("BOOLEAN", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "STRING", "DATE", "TIMESTAMP"),
        *("TIMESTAMP_NTZ", "DECIMAL(38,37)", "DECIMAL(1,0)"),
    ],
)
def test_a_type_and_back(type_: str) -> None:
    """A column that we make is read as the type that it was made of."""
    name = column_type(parse_type(type_))
    assert name is not None
    assert spark_type(name) == parse_type(type_)


@pytest.mark.parametrize(
    ("type_", "hint"),
    [
        ("TINYINT", "write SMALLINT"),
        ("BINARY", "base64"),
        ("DECIMAL(38,38)", "37 digits"),
        ("MAP<STRING, INT>", "ARRAY of STRUCT"),
        ("ARRAY<DOUBLE>", "DOUBLE inside a SUPER"),
        ("STRUCT<a: ARRAY<STRUCT<b: DATE>>>", "DATE inside a SUPER"),
    ],
)
def test_a_type_that_would_not_come_back_is_refused(type_: str, hint: str) -> None:
    """By name, and with what to write instead."""
    assert column_type(parse_type(type_)) is None
    assert hint in (refusal(parse_type(type_)) or "")


def test_a_foreign_type_that_spark_has_not() -> None:
    """It is nobody's guess what a type means that we do not know."""
    assert [spark_type(name) for name in ("time without time zone", "numeric", "geometry")] == [None] * 3
    assert spark_type("character(3)") == spark_type("super") == parse_type("STRING")


def test_the_table_of_a_contract() -> None:
    """Types, lengths and layout; names are quoted whatever is in them."""
    schema = _schema('Day DATE, name STRING, `x"y` STRING, at TIMESTAMP, tags ARRAY<STRING>')
    options = RedshiftOptions(distkey="NAME", sortkey=("day", 'x"y'), lengths={"name": 40})
    assert not list(schema_faults(schema, options))
    assert create_table(NAMES, schema, options) == (
        'CREATE TABLE "reports"."t""; --" ("day" date, "name" character varying(40), '
        '"x""y" character varying(256), "at" timestamp with time zone, "tags" super) '
        'DISTSTYLE KEY DISTKEY ("name") COMPOUND SORTKEY ("day", "x""y")'
    )
    assert create_loading_table('"s"', schema) == (
        'CREATE TEMP TABLE "s" ("day" date, "name" character varying(65535), '
        '"x""y" character varying(65535), "at" timestamp without time zone, "tags" super)'
    )


def test_faults_of_a_contract_and_its_layout() -> None:
    """All of them at once, by name."""
    schema = _schema("a TINYINT, b ARRAY<STRING>, c INT")
    options = RedshiftOptions(distkey="day", sortkey=("b",), lengths={"c": 4})
    assert [fault.partition(":")[0] for fault in schema_faults(schema, options)] == [
        "column a",
        "distkey names no column of the schema",
        "sortkey cannot be b, which is a SUPER",
        "lengths gives bytes to c, which is INT",
    ]


def test_drift_is_found_and_widening_is_not_drift() -> None:
    """New columns are added; a column that is gone or another type is a fault; a length is none."""
    schema = _schema("id BIGINT, name STRING, new INT")
    there = {"id": "integer", "name": "character varying(8)", "old": "date"}
    assert list(column_faults(there, schema)) == [
        "column id is INTEGER in the table and BIGINT in the schema",
        "column old of the table is not in the schema",
    ]
    assert [column.name for column in missing_columns(there, schema)] == ["new"]


def test_a_text_column_grows_by_doubling() -> None:
    """So that a longer text makes a longer column seldom, and never beyond what there is."""
    assert [roomy_length(n) for n in (0, 1, 256, 257, 40_000, 65_535)] == [256, 256, 256, 512, 65535, 65535]
    there = {"a": "character varying(256)", "b": "character varying(512)", "c": "integer"}
    assert short_columns(there, {"A": 257, "b": 512, "c": 9}) == {"a": 257}
    assert (length_of("character varying(8)"), length_of("integer")) == (8, None)
