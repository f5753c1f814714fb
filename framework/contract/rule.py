"""What an expectation type is: its parameters, the column types it takes, its level."""

from dataclasses import dataclass
from typing import Literal

from framework.contract.argument import Family

Kind = Literal["column", "columns", "bound", "set", "regex", "count", "flag"]
"""What a parameter holds: a column, several, a value or values of the column's type, a regular
expression, a whole number from 0, a truth value."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of a rule, under Great Expectations' name."""

    name: str
    kind: Kind
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One expectation type. `families`: the column types it takes, None for all.

    `level`: "row" when single rows break it and can be split off, "aggregate" when only all rows
    together can. `bounds`: pairs (lower, upper) of parameters of which one must be given.
    """

    name: str
    parameters: tuple[Parameter, ...]
    level: Literal["row", "aggregate"] = "row"
    families: frozenset[Family] | None = None
    takes_mostly: bool = True
    bounds: tuple[str, str] | None = None
