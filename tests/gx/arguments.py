"""For each type of expectation, what draws arguments that hit the edges of a generated table.

Names and meanings are those of Great Expectations 1.24. The framework takes the same.
"""

from collections.abc import Callable, Mapping

from tests.gx import arguments_of_rows as rows
from tests.gx import arguments_of_tables as tables
from tests.gx.draw import Arguments, Draw
from tests.gx.tables import ARROW

GENERATORS: Mapping[str, Callable[[Draw], Arguments]] = {
    "column_distinct_values_to_be_in_set": tables.value_set,
    "column_distinct_values_to_contain_set": tables.value_set,
    "column_distinct_values_to_equal_set": tables.value_set,
    "column_max_to_be_between": tables.extreme,
    "column_mean_to_be_between": tables.statistic,
    "column_median_to_be_between": tables.statistic,
    "column_min_to_be_between": tables.extreme,
    "column_most_common_value_to_be_in_set": tables.most_common,
    "column_pair_values_a_to_be_greater_than_b": rows.pair_greater,
    "column_pair_values_to_be_equal": rows.pair,
    "column_pair_values_to_be_in_set": rows.pair_in_set,
    "column_proportion_of_non_null_values_to_be_between": tables.proportion,
    "column_proportion_of_unique_values_to_be_between": tables.proportion,
    "column_quantile_values_to_be_between": tables.quantiles,
    "column_stdev_to_be_between": tables.statistic,
    "column_sum_to_be_between": tables.statistic,
    "column_to_exist": tables.column_exists,
    "column_type_to_be": tables.of_type,
    "column_unique_value_count_to_be_between": tables.distinct_count,
    "column_value_lengths_to_be_between": rows.lengths,
    "column_value_lengths_to_equal": rows.one_of("value", (0, 1, 2, 3)),
    "column_value_z_scores_to_be_less_than": rows.z_scores,
    "column_values_to_be_between": rows.between,
    "column_values_to_be_in_set": rows.in_set,
    "column_values_to_be_in_type_list": tables.in_type_list,
    "column_values_to_be_null": rows.column_only,
    "column_values_to_be_of_type": tables.of_type,
    "column_values_to_be_unique": rows.column_only,
    "column_values_to_match_regex": rows.one_of("regex", rows.REGEXES),
    "column_values_to_match_regex_list": rows.some_of("regex_list", rows.REGEXES, match_on=("any", "all")),
    "column_values_to_not_be_in_set": rows.in_set,
    "column_values_to_not_be_null": rows.column_only,
    "column_values_to_not_be_outliers": rows.outliers,
    "column_values_to_not_match_regex": rows.one_of("regex", rows.REGEXES),
    "column_values_to_not_match_regex_list": rows.some_of("regex_list", rows.REGEXES),
    "compound_columns_to_be_unique": rows.compound,
    "multicolumn_sum_to_equal": rows.sum_of,
    "multicolumn_values_to_be_equal": rows.several,
    "select_column_values_to_be_unique_within_record": rows.several,
    "table_column_count_to_be_between": tables.column_count,
    "table_column_count_to_equal": lambda draw: {"value": len(ARROW.names) + draw.one([0, 0, 1])},
    "table_columns_to_match_ordered_list": tables.column_list,
    "table_columns_to_match_set": tables.column_set,
    "table_row_count_to_be_between": tables.row_count,
    "table_row_count_to_equal": tables.row_count_equal,
}
"""By type. A type of the catalogue that Great Expectations has and that is not here fails the test."""
