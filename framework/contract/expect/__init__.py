"""`expect.<rule>(…)`: one function for each expectation, named as Great Expectations names it.

Parameters are those of Great Expectations 1.x (https://greatexpectations.io/expectations), with
`severity`, `on_fail` and `scope` beside them. Nothing here raises: `catalogue.faults_of` says
what is wrong, with the place of the call.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from framework.contract.expect.aggregates import (
    column_max_to_be_between,
    column_mean_to_be_between,
    column_median_to_be_between,
    column_min_to_be_between,
    column_proportion_of_non_null_values_to_be_between,
    column_quantile_values_to_be_between,
    column_stdev_to_be_between,
    column_sum_to_be_between,
    column_value_z_scores_to_be_less_than,
    column_values_to_not_be_outliers,
)
from framework.contract.expect.columns import (
    column_type_to_be,
    column_value_lengths_to_be_between,
    column_value_lengths_to_equal,
    column_values_to_be_between,
    column_values_to_be_in_set,
    column_values_to_be_in_type_list,
    column_values_to_be_null,
    column_values_to_be_of_type,
    column_values_to_be_unique,
    column_values_to_match_like_pattern,
    column_values_to_match_like_pattern_list,
    column_values_to_match_regex,
    column_values_to_match_regex_list,
    column_values_to_not_be_in_set,
    column_values_to_not_be_null,
    column_values_to_not_match_like_pattern,
    column_values_to_not_match_like_pattern_list,
    column_values_to_not_match_regex,
    column_values_to_not_match_regex_list,
)
from framework.contract.expect.combinations import (
    column_pair_values_a_to_be_greater_than_b,
    column_pair_values_to_be_equal,
    column_pair_values_to_be_in_set,
    compound_columns_to_be_unique,
    multicolumn_sum_to_equal,
    multicolumn_values_to_be_equal,
    select_column_values_to_be_unique_within_record,
)
from framework.contract.expect.declare import make_expectation
from framework.contract.expect.distinct import (
    column_distinct_values_to_be_in_set,
    column_distinct_values_to_contain_set,
    column_distinct_values_to_equal_set,
    column_most_common_value_to_be_in_set,
    column_proportion_of_unique_values_to_be_between,
    column_unique_value_count_to_be_between,
)
from framework.contract.expect.external import (
    column_kl_divergence_to_be_less_than,
    column_values_to_be_decreasing,
    column_values_to_be_increasing,
    column_values_to_be_json_parseable,
    column_values_to_match_json_schema,
    column_values_to_match_strftime_format,
    unexpected_rows_expectation,
)
from framework.contract.expect.others import (
    column_sum_to_equal_input_sum,
    column_values_to_exist_in,
    compound_columns_to_exist_in,
    table_row_count_to_equal_input,
)
from framework.contract.expect.past import column_max_to_be_recent, table_row_count_change_to_be_between
from framework.contract.expect.tables import (
    column_to_exist,
    table_column_count_to_be_between,
    table_column_count_to_equal,
    table_columns_to_match_ordered_list,
    table_columns_to_match_set,
    table_row_count_to_be_between,
    table_row_count_to_equal,
)
from framework.contract.types import SUITE, Expectation, caller

__all__ = [
    "column_distinct_values_to_be_in_set",
    "column_distinct_values_to_contain_set",
    "column_distinct_values_to_equal_set",
    "column_kl_divergence_to_be_less_than",
    "column_max_to_be_between",
    "column_max_to_be_recent",
    "column_mean_to_be_between",
    "column_median_to_be_between",
    "column_min_to_be_between",
    "column_most_common_value_to_be_in_set",
    "column_pair_values_a_to_be_greater_than_b",
    "column_pair_values_to_be_equal",
    "column_pair_values_to_be_in_set",
    "column_proportion_of_non_null_values_to_be_between",
    "column_proportion_of_unique_values_to_be_between",
    "column_quantile_values_to_be_between",
    "column_stdev_to_be_between",
    "column_sum_to_be_between",
    "column_sum_to_equal_input_sum",
    "column_to_exist",
    "column_type_to_be",
    "column_unique_value_count_to_be_between",
    "column_value_lengths_to_be_between",
    "column_value_lengths_to_equal",
    "column_value_z_scores_to_be_less_than",
    "column_values_to_be_between",
    "column_values_to_be_decreasing",
    "column_values_to_be_in_set",
    "column_values_to_be_in_type_list",
    "column_values_to_be_increasing",
    "column_values_to_be_json_parseable",
    "column_values_to_be_null",
    "column_values_to_be_of_type",
    "column_values_to_be_unique",
    "column_values_to_exist_in",
    "column_values_to_match_json_schema",
    "column_values_to_match_like_pattern",
    "column_values_to_match_like_pattern_list",
    "column_values_to_match_regex",
    "column_values_to_match_regex_list",
    "column_values_to_match_strftime_format",
    "column_values_to_not_be_in_set",
    "column_values_to_not_be_null",
    "column_values_to_not_be_outliers",
    "column_values_to_not_match_like_pattern",
    "column_values_to_not_match_like_pattern_list",
    "column_values_to_not_match_regex",
    "column_values_to_not_match_regex_list",
    "compound_columns_to_be_unique",
    "compound_columns_to_exist_in",
    "multicolumn_sum_to_equal",
    "multicolumn_values_to_be_equal",
    "select_column_values_to_be_unique_within_record",
    "table_column_count_to_be_between",
    "table_column_count_to_equal",
    "table_columns_to_match_ordered_list",
    "table_columns_to_match_set",
    "table_row_count_change_to_be_between",
    "table_row_count_to_be_between",
    "table_row_count_to_equal",
    "table_row_count_to_equal_input",
    "unexpected_rows_expectation",
]


def suite(file: str) -> Expectation:
    """All expectations of a Great Expectations 1.x suite, a JSON file beside the job file.

    `Output(expectations=…)` takes the file's name alone, too. They are there once the project is loaded.
    """
    return replace(make_expectation(SUITE, {"file": file}), where=caller())


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Expectation]:
        """An unknown rule becomes an expectation that validation names, with its place."""
        if name.startswith("_"):
            raise AttributeError(name)

        def declare(*values: object, **named: object) -> Expectation:
            positional = {f"argument {n + 1}": value for n, value in enumerate(values)}
            return replace(make_expectation(name, positional | named), where=caller())

        return declare
