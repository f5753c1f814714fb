"""Where ours and Great Expectations disagree on purpose: one table, each with its reason and an example."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tests.gx.tables import Table

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


def _is_no_double(value: object) -> bool:
    return isinstance(value, int | Decimal) and float(value) != value


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
    applies=lambda _, given: any(map(_is_no_double, map(given.get, ("min_value", "max_value", "sum_total")))),
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

DISAGREEMENTS = (SMALL_INTEGERS, RELATIVE_ERROR, PAIRS_WITHOUT_CONDITION, BEYOND_DOUBLES)
"""Whatever is not listed here has to agree."""

ONE_FOR_A_COLUMN = ("column_quantile_values_to_be_between",)
"""Of two such rules on one column in a suite the second gets the quantiles of the first: the id of their
metric is made before its quantiles are set. `test_exceptions` shows it; the comparison takes only one."""


def is_listed(table: Table, type_: str, arguments: Mapping[str, object]) -> bool:
    """Whether a case is one of the listed disagreements."""
    return any(type_ in each.types and each.applies(table, arguments) for each in DISAGREEMENTS)
