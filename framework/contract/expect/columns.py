"""Rules about the values of one column, each by itself or by how often it comes."""

from typing import Unpack

from framework.contract.expect.declare import rule
from framework.contract.expect.kinds import (
    COMPARED,
    ORDERED,
    SCALARS,
    STRINGS,
    Bound,
    Column,
    Count,
    Flag,
    Length,
    Like,
    Likes,
    MatchOn,
    Options,
    Regex,
    Regexes,
    RowOptions,
    TypeName,
    TypeNames,
    ValueSet,
)
from framework.contract.types import Expectation


@rule()
def column_values_to_not_be_null(column: Column, **options: Unpack[RowOptions]) -> Expectation:
    """No value of `column` is NULL."""


@rule()
def column_values_to_be_null(column: Column, **options: Unpack[RowOptions]) -> Expectation:
    """Every value of `column` is NULL."""


@rule(level="group", families=SCALARS)
def column_values_to_be_unique(column: Column, **options: Unpack[RowOptions]) -> Expectation:
    """No value of `column` comes twice. Every row of a value that does is unexpected; NULLs are missing."""


@rule(families=COMPARED)
def column_values_to_be_in_set(
    column: Column, value_set: ValueSet, **options: Unpack[RowOptions]
) -> Expectation:
    """Every value of `column` equals one of `value_set`."""


@rule(families=COMPARED)
def column_values_to_not_be_in_set(
    column: Column, value_set: ValueSet, **options: Unpack[RowOptions]
) -> Expectation:
    """No value of `column` equals one of `value_set`."""


@rule(families=ORDERED, bounds=("min_value", "max_value"))
def column_values_to_be_between(
    column: Column,
    min_value: Bound = None,
    max_value: Bound = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[RowOptions],
) -> Expectation:
    """Every value lies in `min_value` … `max_value`, inclusive unless strict. NaN is above any maximum."""


@rule(families=STRINGS)
def column_values_to_match_regex(column: Column, regex: Regex, **options: Unpack[RowOptions]) -> Expectation:
    """`regex` (Java's dialect, as Spark's RLIKE) is found somewhere in every value of `column`."""


@rule(families=STRINGS)
def column_values_to_not_match_regex(
    column: Column, regex: Regex, **options: Unpack[RowOptions]
) -> Expectation:
    """`regex` (Java's dialect, as Spark's RLIKE) is found nowhere in any value of `column`."""


@rule(families=STRINGS)
def column_values_to_match_regex_list(
    column: Column, regex_list: Regexes, match_on: MatchOn = "any", **options: Unpack[RowOptions]
) -> Expectation:
    """One of `regex_list`, or with `match_on="all"` each, is found somewhere in every value of `column`."""


@rule(families=STRINGS)
def column_values_to_not_match_regex_list(
    column: Column, regex_list: Regexes, **options: Unpack[RowOptions]
) -> Expectation:
    """None of `regex_list` is found anywhere in any value of `column`."""


@rule(families=STRINGS)
def column_values_to_match_like_pattern(
    column: Column, like_pattern: Like, **options: Unpack[RowOptions]
) -> Expectation:
    r"""Every value of `column` is LIKE the pattern: `%` any text, `_` one character, `\` before one of them.

    Great Expectations has this rule for SQL databases only; here it is Spark's LIKE.
    """


@rule(families=STRINGS)
def column_values_to_not_match_like_pattern(
    column: Column, like_pattern: Like, **options: Unpack[RowOptions]
) -> Expectation:
    """No value of `column` is LIKE the pattern (see `column_values_to_match_like_pattern`)."""


@rule(families=STRINGS)
def column_values_to_match_like_pattern_list(
    column: Column, like_pattern_list: Likes, match_on: MatchOn = "any", **options: Unpack[RowOptions]
) -> Expectation:
    """Every value of `column` is LIKE one of the patterns, or with `match_on="all"` LIKE each."""


@rule(families=STRINGS)
def column_values_to_not_match_like_pattern_list(
    column: Column, like_pattern_list: Likes, **options: Unpack[RowOptions]
) -> Expectation:
    """No value of `column` is LIKE any of the patterns."""


@rule(families=STRINGS, bounds=("min_value", "max_value"))
def column_value_lengths_to_be_between(
    column: Column,
    min_value: Count = None,
    max_value: Count = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[RowOptions],
) -> Expectation:
    """Every value has `min_value` … `max_value` characters, inclusive unless strict."""


@rule(families=STRINGS)
def column_value_lengths_to_equal(
    column: Column, value: Length, **options: Unpack[RowOptions]
) -> Expectation:
    """Every value of `column` has `value` characters."""


@rule(level="table")
def column_values_to_be_of_type(
    column: Column, type_: TypeName, **options: Unpack[RowOptions]
) -> Expectation:
    """The column has this type: the name of a class of `pyspark.sql.types`, or of one that it is a kind of.

    The schema tells; no row is looked at.
    """


@rule(level="table")
def column_values_to_be_in_type_list(
    column: Column, type_list: TypeNames, **options: Unpack[RowOptions]
) -> Expectation:
    """The column has one of these types; names that are no type of Spark's are passed over."""


@rule(level="table")
def column_type_to_be(column: Column, type_: TypeName, **options: Unpack[Options]) -> Expectation:
    """The column has this type, as `column_values_to_be_of_type` names it."""
