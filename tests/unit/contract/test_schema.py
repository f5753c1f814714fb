"""DDL as Spark reads it, without Spark, and the documents that others read."""

import json

import deltalake
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql.types import StructType

from framework.contract.schema import Column, Schema

EVERYTHING = """
    a BOOLEAN, b BYTE, c TINYINT, d SMALLINT, e short, f INT, g INTEGER NOT NULL, h BIGINT, i LONG,
    j FLOAT, k REAL, l DOUBLE, m DECIMAL, n DECIMAL(15, 2), o NUMERIC(7),
    p STRING COMMENT 'it''s, a \\'text\\'',
    q BINARY, r DATE, s TIMESTAMP NOT NULL COMMENT "now", t TIMESTAMP_NTZ, -- a comment
    u ARRAY<MAP<STRING, STRUCT<x: INT COMMENT 'y', `odd name` ARRAY<INT>>>>, /* another, */
    `with``tick` STRING
"""


def test_every_type_is_read_as_spark_names_it():
    """Aliases, defaults, nesting, comments and backticks; `type` is Spark's simpleString."""
    schema = Schema.of(EVERYTHING)
    assert schema.faults == ()
    spark = StructType.fromJson(dict(schema.to_json()))
    plain = [field.dataType.simpleString() for field in spark.fields if field.name != "u"]
    assert [column.type for column in schema.columns if column.name != "u"] == plain
    assert schema.find("u").type == "array<map<string,struct<x:int,`odd name`:array<int>>>>"
    assert schema.find("p").comment == "it's, a 'text'"
    assert [column.name for column in schema.columns if not column.nullable] == ["g", "s"]
    assert schema.names[-1] == "with`tick"


def test_spark_and_delta_read_the_json():
    """`StructType.fromJson` and deltalake's `Schema.from_json` take it, and give it back."""
    document = Schema.of(EVERYTHING).to_json()
    assert StructType.fromJson(dict(document)).jsonValue() == document
    assert json.loads(deltalake.Schema.from_json(json.dumps(document)).to_json()) == document


def test_the_ddl_of_a_schema_is_that_schema():
    """Text → schema → text → schema changes nothing."""
    schema = Schema.of(EVERYTHING)
    assert Schema.of(schema.ddl) == schema


TYPES = st.recursive(
    st.sampled_from(["INT", "string", "Decimal(5,1)", "TIMESTAMP_NTZ", "LONG"]),
    lambda inner: st.one_of(
        inner.map(lambda t: f"ARRAY<{t}>"),
        st.tuples(inner, inner).map(lambda t: f"MAP< {t[0]} ,{t[1]}>"),
        st.tuples(inner, inner).map(lambda t: f"STRUCT<a: {t[0]}, `b c` {t[1]}>"),
    ),
    max_leaves=6,
)


@settings(max_examples=50)
@given(types=st.lists(TYPES, min_size=1, max_size=4))
def test_nested_types_of_any_shape_survive(types):
    """Whatever the nesting, Delta reads the JSON, and the DDL gives the same schema."""
    schema = Schema.of(", ".join(f"c{n} {type_}" for n, type_ in enumerate(types)))
    assert schema.faults == ()
    assert Schema.of(schema.ddl) == schema
    document = schema.to_json()
    assert json.loads(deltalake.Schema.from_json(json.dumps(document)).to_json()) == document


@settings(max_examples=150)
@given(
    text=st.one_of(st.text(max_size=40), st.lists(st.sampled_from(["a", "INT", *",<>()'`:", "STRUCT", "3"])))
)
def test_no_text_raises(text):
    """Whatever is written, it is columns and faults, never an exception."""
    schema = Schema.of(text if isinstance(text, str) else " ".join(text))
    assert schema.columns or schema.faults


def test_columns_can_be_given_and_masked():
    """Columns take types as DDL writes them; `masked` marks columns by name, comments stay."""
    schema = Schema.of([Column(name="id", type="LONG", nullable=False), Column(name="mail", type="STRING")])
    assert schema.ddl == "id BIGINT NOT NULL, mail STRING"
    assert [column.masked for column in schema.masked("mail").columns] == [False, True]
    assert Schema.of(schema) is schema
    assert Schema.of(None) is None


@pytest.mark.parametrize("value", [StructType(), 5, [Column(name="a", type="INT"), "b INT"]])
def test_what_is_no_schema_is_a_fault(value):
    """A wrong value does not raise where it is declared."""
    (fault,) = Schema.of(value).faults
    assert fault.startswith("a schema is DDL text, a Schema or a list of Column")


def test_what_are_no_columns_is_a_fault_and_no_error() -> None:
    """`Schema("a INT")` is what one tries first; the fault says how it is written."""
    for wrong in ("a INT", ["a INT"], [("a", "INT")]):
        (fault,) = Schema(wrong).faults  # type: ignore[arg-type]
        assert "Schema.of" in fault
