"""Two tables are compared row by row, and columns are named in which they differ."""

import pytest
from pyspark.sql import SparkSession

from framework.testing.verify.compare import Difference, compare

KEYED = "id INT, a STRING, x DOUBLE"


def test_the_same_rows_in_any_order_and_as_often(spark: SparkSession) -> None:
    """Doubles count, NULL is NULL, NaN is NaN, and a map is its entries."""
    schema = "a INT, x DOUBLE, m MAP<STRING, INT>"
    rows = [(1, 0.5, {"p": 1, "q": 2}), (1, 0.5, {"q": 2, "p": 1}), (None, float("nan"), None)]
    first, second = spark.createDataFrame(rows, schema), spark.createDataFrame(rows[::-1], schema)
    assert compare(first, second) is None
    thrice = spark.createDataFrame([*rows, rows[0]], schema)
    assert compare(first, thrice) == Difference(rows=(3, 4), alone=(0, 1))


def test_with_a_key_rows_are_compared_column_by_column(spark: SparkSession) -> None:
    """How many rows each column differs in, and whether by more than the last bits."""
    first = spark.createDataFrame([(1, "u", 0.1 + 0.2), (2, None, 1.0), (3, "w", 2.0)], KEYED)
    second = spark.createDataFrame([(1, "u", 0.3), (2, "v", 1.0), (3, "w", 2.0)], KEYED)
    found = compare(first, second, key=("id",))
    assert found == Difference(rows=(3, 3), columns={"a": 1, "x": 1}, close=frozenset({"x"}))
    far = spark.createDataFrame([(1, "u", 0.3), (2, None, 1.0), (3, "w", 2.1)], KEYED)
    found = compare(first, far, key=("id",))
    assert found == Difference(rows=(3, 3), columns={"x": 2})


def test_rows_that_only_one_has_are_counted(spark: SparkSession) -> None:
    """A key that came or went is no difference of a column."""
    first = spark.createDataFrame([(1, "u", 1.0), (2, "v", 1.0)], KEYED)
    second = spark.createDataFrame([(1, "u", 1.0), (3, "w", 1.0), (4, "w", 1.0)], KEYED)
    assert compare(first, second, key=("id",)) == Difference(rows=(2, 3), alone=(1, 2))


def test_a_suspected_key_is_the_column_that_differs(spark: SparkSession) -> None:
    """No row of one has a partner in the other: the key is to blame, when the plan suspects it."""
    first = spark.createDataFrame([(1, "u", 1.0), (2, "v", 1.0)], KEYED)
    second = spark.createDataFrame([(8, "u", 1.0), (9, "v", 1.0)], KEYED)
    found = compare(first, second, key=("id",), suspected=("id",))
    assert found == Difference(rows=(2, 2), columns={"id": 2})


def test_other_keys_are_other_rows(spark: SparkSession) -> None:
    """No key of one is in the other, though the rest of their columns is: none of these rows is the same."""
    first = spark.createDataFrame([(1, "u", 1.0), (2, "v", 1.0)], KEYED)
    second = spark.createDataFrame([(8, "u", 1.0), (9, "v", 1.0)], KEYED)
    assert compare(first, second, key=("id",)) == Difference(rows=(2, 2), alone=(2, 2))


@pytest.mark.parametrize("suspected", ["a", "id"])
def test_values_that_changed_places_are_the_suspected_columns(spark: SparkSession, suspected: str) -> None:
    """Without a key either column could be to blame: it is the one that the plan makes suspect."""
    first = spark.createDataFrame([(1, "u", 1.0), (2, "v", 1.0), (3, "w", 1.0)], KEYED)
    second = spark.createDataFrame([(1, "v", 1.0), (2, "u", 1.0), (3, "w", 1.0)], KEYED)
    found = compare(first, second, suspected=(suspected,))
    assert found == Difference(rows=(3, 3), columns={suspected: 2})


def test_without_a_key_last_bits_are_told_by_the_other_columns(spark: SparkSession) -> None:
    """Rows belong together that agree in what does not differ."""
    first = spark.createDataFrame([("u", 0.1 + 0.2), ("v", 1.0)], "a STRING, x DOUBLE")
    second = spark.createDataFrame([("v", 1.0), ("u", 0.3)], "a STRING, x DOUBLE")
    found = compare(first, second)
    assert found == Difference(rows=(2, 2), columns={"x": 1}, close=frozenset({"x"}))
