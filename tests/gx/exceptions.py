"""Where ours and Great Expectations disagree on purpose: one table, each with its reason and an example."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from tests.gx.tables import FAMILY, Table

Applies = Callable[[Table, Mapping[str, object]], bool]


@dataclass(frozen=True, kw_only=True)
class Example:
    """The smallest case: rows as Spark SQL, the rule's arguments, and what each of both says of it."""

    rows: str
    schema: str
    type: str
    arguments: Mapping[str, object]
    theirs: str
    ours: str


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """`types`: the rules; `applies`: on which tables and arguments; `reason`: why ours differs."""

    types: tuple[str, ...]
    applies: Applies
    reason: str
    example: Example


_COLUMNS = ("column", "column_A", "column_B", "column_list")
_WHOLE = 2**53
"""From here on not every whole number is a double."""


def _is_no_double(value: object) -> bool:
    return isinstance(value, int | Decimal) and float(value) != value


def _is_coarse(value: object) -> bool:
    """A number so large that other whole numbers are the same double."""
    return isinstance(value, int | float) and isfinite(value) and abs(value) > _WHOLE


def _beyond_doubles(_: Table, given: Mapping[str, object]) -> bool:
    bounds = [given.get(name) for name in ("min_value", "max_value", "sum_total")]
    exact = not any(FAMILY[name] == "float" for name in _columns(given))
    return any(map(_is_no_double, bounds)) or (exact and any(map(_is_coarse, bounds)))


def _columns(given: Mapping[str, object]) -> Iterator[str]:
    for argument in _COLUMNS:
        value = given.get(argument, [])
        yield from [value] if isinstance(value, str) else value  # type: ignore[misc]  # names


def _beyond_longs(_: Table, given: Mapping[str, object]) -> bool:
    values = given.get("value_set") or [v for pair in given.get("value_pairs_set", ()) for v in pair]  # type: ignore[attr-defined]
    assert isinstance(values, list)
    return any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in values)


SMALL_INTEGERS = Disagreement(
    types=("column_mean_to_be_between", "column_value_z_scores_to_be_less_than"),
    applies=lambda _, given: given["column"] in ("i8", "i16"),
    reason="its list of numeric types for mean() lacks TINYINT and SMALLINT: it raises",
    example=Example(
        rows="SELECT 1Y AS n",
        schema="n TINYINT",
        type="column_mean_to_be_between",
        arguments={"column": "n", "min_value": 0},
        theirs="raises",
        ours="pass",
    ),
)

RELATIVE_ERROR = Disagreement(
    types=("column_quantile_values_to_be_between",),
    applies=lambda _, given: "allow_relative_error" in given,
    reason="its model turns every relative error into a text, which its Spark engine refuses",
    example=Example(
        rows="SELECT 1 AS n",
        schema="n INT",
        type="column_quantile_values_to_be_between",
        arguments={
            "column": "n",
            "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 1]]},
            "allow_relative_error": 0.1,
        },
        theirs="raises",
        ours="pass",
    ),
)
PAIRS_WITHOUT_CONDITION = Disagreement(
    types=("column_pair_values_to_be_in_set",),
    applies=lambda _, given: "row_condition" in given,
    reason="its metric for pairs in a set leaves row_condition out, and finds rows that are none of its own",
    example=Example(
        rows="SELECT * FROM VALUES (1, 1), (2, 2) AS t(a, b)",
        schema="a INT, b INT",
        type="column_pair_values_to_be_in_set",
        arguments={"column_A": "a", "column_B": "b", "value_pairs_set": [(1, 1)], "row_condition": "a = 1"},
        theirs="fail",
        ours="pass",
    ),
)
BEYOND_DOUBLES = Disagreement(
    types=(
        "column_max_to_be_between",
        "column_min_to_be_between",
        "column_sum_to_be_between",
        "column_values_to_be_between",
        "multicolumn_sum_to_equal",
    ),
    applies=_beyond_doubles,
    reason="its models turn whole numbers and decimals into doubles, and so compare with another number",
    example=Example(
        rows="SELECT 9007199254740993L AS n",
        schema="n BIGINT",
        type="column_max_to_be_between",
        arguments={"column": "n", "max_value": 2**53 + 1},
        theirs="fail",
        ours="pass",
    ),
)
COARSE_DOUBLES = Disagreement(
    types=BEYOND_DOUBLES.types,
    applies=_beyond_doubles,
    reason="it compares exact columns as doubles with a double; ours takes the digits that were written",
    example=Example(
        rows="SELECT 6010184594463668294L AS n, 0L AS m",
        schema="n BIGINT, m BIGINT",
        type="multicolumn_sum_to_equal",
        arguments={"column_list": ["n", "m"], "sum_total": 6.010184594463668e18},
        theirs="pass",
        ours="fail",
    ),
)
BEYOND_LONGS = Disagreement(
    types=(
        "column_distinct_values_to_be_in_set",
        "column_distinct_values_to_contain_set",
        "column_distinct_values_to_equal_set",
        "column_pair_values_to_be_in_set",
        "column_values_to_be_in_set",
        "column_values_to_not_be_in_set",
    ),
    applies=_beyond_longs,
    reason="it hands Spark a whole number of more than 64 bits as it is, which raises",
    example=Example(
        rows="SELECT 1L AS n",
        schema="n BIGINT",
        type="column_values_to_be_in_set",
        arguments={"column": "n", "value_set": [1, 2**63]},
        theirs="raises",
        ours="pass",
    ),
)

DISAGREEMENTS = (
    SMALL_INTEGERS,
    RELATIVE_ERROR,
    PAIRS_WITHOUT_CONDITION,
    BEYOND_DOUBLES,
    COARSE_DOUBLES,
    BEYOND_LONGS,
)
"""Whatever is not listed here has to agree."""

ONE_FOR_A_COLUMN = ("column_quantile_values_to_be_between",)
"""Of two such rules on one column in a suite the second gets the quantiles of the first: the id of their
metric is made before its quantiles are set. `test_exceptions` shows it; the comparison takes only one."""


def is_listed(table: Table, type_: str, arguments: Mapping[str, object]) -> bool:
    """Whether a case is one of the listed disagreements."""
    return any(type_ in each.types and each.applies(table, arguments) for each in DISAGREEMENTS)
