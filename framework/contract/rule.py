"""What an expectation type is: its parameters, the column types it takes, its level."""

from dataclasses import dataclass
from typing import Literal

from framework.contract.argument import Family

Kind = Literal[
    "column",
    "columns",
    "bound",
    "set",
    "regex",
    "regexes",
    "like",
    "likes",
    "count",
    "flag",
    "number",
    "text",
    "texts",
    "pairs",
    "quantiles",
    "type",
    "types",
    "condition",
    "choice",
    "input",
    "reach",
    "json",
    "strftime",
    "query",
]
"""What a parameter holds.

A column, several; a value or values of the column's type; a regular expression, several; a pattern of
LIKE, several; a whole number from 0; a truth value; a number; a text, several; pairs of values of two
columns; quantiles with the ranges of their values; the name of a type, several; a Spark SQL predicate;
one of the parameter's `choices`; the name of an input of the job; a stretch of time like "7 days"; a
JSON document; a format of times; a query over the rows.
"""

Level = Literal["row", "group", "table"]
"""Each row holds or breaks the rule by itself (and can be split off), by rows that share its values,
or only all rows together do."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of a rule, under Great Expectations' name. `choices`: the first is the default."""

    name: str
    kind: Kind
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One expectation type. `families`: the column types it takes, None for all.

    `bounds`: the pair (lower, upper) of parameters of which one must be given. `takes_table`: whether
    `scope="table"` has a meaning. `compares`: the values of its columns with each other.
    """

    name: str
    parameters: tuple[Parameter, ...]
    level: Level = "row"
    families: frozenset[Family] | None = None
    takes_mostly: bool = True
    takes_table: bool = True
    bounds: tuple[str, str] | None = None
    compares: bool = False
