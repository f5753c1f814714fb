"""Rules about numbers that all values of one column make together: extremes, means, quantiles."""

from typing import Unpack

from framework.contract.expect.declare import rule
from framework.contract.expect.kinds import (
    NUMBERS,
    ORDERED,
    Bound,
    Column,
    DomainOptions,
    Flag,
    Method,
    Number,
    Quantiles,
    RowOptions,
)
from framework.contract.types import Expectation

_BOUNDS = ("min_value", "max_value")


@rule(level="table", families=ORDERED, bounds=_BOUNDS)
def column_max_to_be_between(
    column: Column,
    min_value: Bound = None,
    max_value: Bound = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[DomainOptions],
) -> Expectation:
    """The largest value lies in `min_value` … `max_value`. Fails without values, and with a NaN."""


@rule(level="table", families=ORDERED, bounds=_BOUNDS)
def column_min_to_be_between(
    column: Column,
    min_value: Bound = None,
    max_value: Bound = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[DomainOptions],
) -> Expectation:
    """The smallest value lies in `min_value` … `max_value`. Fails without values; NaN is above all others."""


@rule(level="table", families=NUMBERS, bounds=_BOUNDS)
def column_mean_to_be_between(
    column: Column,
    min_value: Number = None,
    max_value: Number = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[DomainOptions],
) -> Expectation:
    """The mean of the values lies in `min_value` … `max_value`. Fails without values, and with a NaN."""


@rule(level="table", families=NUMBERS, bounds=_BOUNDS)
def column_median_to_be_between(
    column: Column,
    min_value: Number = None,
    max_value: Number = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[DomainOptions],
) -> Expectation:
    """The exact median lies in `min_value` … `max_value`. NaN is left out; fails without values."""


@rule(level="table", families=NUMBERS, bounds=_BOUNDS)
def column_sum_to_be_between(
    column: Column,
    min_value: Number = None,
    max_value: Number = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[DomainOptions],
) -> Expectation:
    """The sum lies in `min_value` … `max_value`. Exact for integers and decimals; fails without values."""


@rule(level="table", families=NUMBERS, bounds=_BOUNDS)
def column_stdev_to_be_between(
    column: Column,
    min_value: Number = None,
    max_value: Number = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[DomainOptions],
) -> Expectation:
    """The sample standard deviation lies in `min_value` … `max_value`. Fails with less than two values."""


@rule(level="table", families=NUMBERS)
def column_quantile_values_to_be_between(
    column: Column,
    quantile_ranges: Quantiles,
    *,
    allow_relative_error: Number = False,
    **options: Unpack[DomainOptions],
) -> Expectation:
    """Each quantile lies in its range: `{"quantiles": [0.5], "value_ranges": [[1, None]]}`.

    None is no bound; bounds are inclusive, within a ten-thousandth. `allow_relative_error`: a
    fraction of the rows by which a rank may be wrong. NaN is left out; fails without values.
    """


@rule(level="table", bounds=_BOUNDS)
def column_proportion_of_non_null_values_to_be_between(
    column: Column,
    min_value: Number = None,
    max_value: Number = None,
    *,
    strict_min: Flag = False,
    strict_max: Flag = False,
    **options: Unpack[DomainOptions],
) -> Expectation:
    """The fraction of rows that are not NULL lies in `min_value` … `max_value`; 0 of no rows."""


@rule(level="table", families=NUMBERS)
def column_value_z_scores_to_be_less_than(
    column: Column, threshold: Number, double_sided: Flag, **options: Unpack[RowOptions]
) -> Expectation:
    """Every value is less than `threshold` standard deviations from the mean, above it or on both sides.

    Holds where there is no deviation (no two different values); no value holds beside NaN or infinity.
    """


@rule(level="table", families=NUMBERS)
def column_values_to_not_be_outliers(
    column: Column, method: Method = "iqr", multiplier: Number = 1.5, **options: Unpack[RowOptions]
) -> Expectation:
    """No value is far from the others.

    `iqr`: more than `multiplier` times the distance of the quartiles below the first or above the
    third. `std`: `multiplier` standard deviations or more from the mean. Every value holds where
    these are not finite.
    """
