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
    "ignored",
    "input",
]
"""What a parameter holds.

A column, several; a value or values of the column's type; a regular expression, several; a whole
number from 0; a truth value; a number; a text, several; pairs of values of two columns; quantiles
with the ranges of their values; the name of a type, several; a Spark SQL predicate; which rows of
several columns are ignored; the name of an input of the job.
"""

Level = Literal["row", "group", "table"]
"""Each row holds or breaks the rule by itself (and can be split off), by rows that share its values,
or only all rows together do."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of a rule, under Great Expectations' name."""

    name: str
    kind: Kind
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One expectation type. `families`: the column types it takes, None for all.

    `bounds`: the pair (lower, upper) of parameters of which one must be given.
    """

    name: str
    parameters: tuple[Parameter, ...]
    level: Level = "row"
    families: frozenset[Family] | None = None
    takes_mostly: bool = True
    bounds: tuple[str, str] | None = None
