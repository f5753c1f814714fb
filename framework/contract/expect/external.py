"""Rules that Great Expectations itself evaluates; they need `pip install "sparkjob[gx]"`.

They have no filter: their rows are counted, not found, and so cannot be split off.
"""

from typing import Unpack

from framework.contract.expect.declare import rule
from framework.contract.expect.kinds import (
    COMPARED,
    NUMBERS,
    STRINGS,
    TIMES,
    Bound,
    Column,
    DomainOptions,
    Flag,
    Fraction,
    JsonDocument,
    Options,
    Query,
    RowOptions,
    TimeFormat,
)
from framework.contract.types import Expectation

__all__ = [
    "column_kl_divergence_to_be_less_than",
    "column_values_to_be_decreasing",
    "column_values_to_be_increasing",
    "column_values_to_be_json_parseable",
    "column_values_to_match_json_schema",
    "column_values_to_match_strftime_format",
    "unexpected_rows_expectation",
]


@rule(level="table", families=STRINGS)
def column_values_to_be_json_parseable(column: Column, **options: Unpack[RowOptions]) -> Expectation:
    """Every value of `column` is JSON, as Python's `json.loads` reads it."""


@rule(level="table", families=STRINGS)
def column_values_to_match_json_schema(
    column: Column, json_schema: JsonDocument, **options: Unpack[RowOptions]
) -> Expectation:
    """Every value of `column` is JSON that `json_schema` (https://json-schema.org) allows."""


@rule(level="table", families=STRINGS)
def column_values_to_match_strftime_format(
    column: Column, strftime_format: TimeFormat, **options: Unpack[RowOptions]
) -> Expectation:
    """Every value of `column` is a time in this format of Python's `datetime.strptime`."""


@rule(level="table", families=NUMBERS | TIMES)
def column_values_to_be_increasing(
    column: Column, *, strictly: Flag = False, **options: Unpack[RowOptions]
) -> Expectation:
    """No value is smaller (`strictly`: nor equal) than the one before, in the order that Spark reads them."""


@rule(level="table", families=NUMBERS | TIMES)
def column_values_to_be_decreasing(
    column: Column, *, strictly: Flag = False, **options: Unpack[RowOptions]
) -> Expectation:
    """No value is greater (`strictly`: nor equal) than the one before, in the order that Spark reads them."""


@rule(level="table", families=COMPARED)
def column_kl_divergence_to_be_less_than(
    column: Column,
    partition_object: JsonDocument,
    threshold: Fraction,
    *,
    internal_weight_holdout: Fraction = 0,
    tail_weight_holdout: Fraction = 0,
    bucketize_data: Flag = True,
    min_value: Bound = None,
    max_value: Bound = None,
    **options: Unpack[DomainOptions],
) -> Expectation:
    """The values are spread as `partition_object` says: their Kullback-Leibler divergence is small.

    `{"values": […], "weights": […]}` for values that are few, `{"bins": […], "weights": […]}` for numbers.
    """


@rule(level="table")
def unexpected_rows_expectation(unexpected_rows_query: Query, **options: Unpack[Options]) -> Expectation:
    """The query, Spark SQL with `{batch}` for the rows, finds none."""
