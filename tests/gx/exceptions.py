"""Where ours and Great Expectations disagree on purpose: one table, each with its reason and an example."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
NO_QUANTILES = Disagreement(
    types=("column_quantile_values_to_be_between",),
    applies=lambda table, given: not table.values(str(given["column"])) or "row_condition" in given,
    reason="the quantiles of no value are an empty list, and it raises IndexError",
    example=Example(
        rows="SELECT CAST(NULL AS INT) AS n",
        schema="n INT",
        type="column_quantile_values_to_be_between",
        arguments={"column": "n", "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 1]]}},
        theirs="raises",
        ours="fail",
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

DISAGREEMENTS = (SMALL_INTEGERS, NO_QUANTILES, RELATIVE_ERROR)
"""Whatever is not listed here has to agree."""

ONE_FOR_A_COLUMN = ("column_quantile_values_to_be_between",)
"""Of two such rules on one column in a suite the second gets the quantiles of the first: the id of their
metric is made before its quantiles are set. `test_exceptions` shows it; the comparison takes one for a column."""


def is_listed(table: Table, type_: str, arguments: Mapping[str, object]) -> bool:
    """Whether a case is one of the listed disagreements."""
    return any(type_ in each.types and each.applies(table, arguments) for each in DISAGREEMENTS)
