"""What a dataset's rows are like, column by column, and the SQL that finds it out."""

from collections.abc import Mapping
from dataclasses import dataclass

from framework.checks.measure import Measured
from framework.contract.argument import Family, family_of
from framework.contract.datatype import identifier
from framework.contract.schema import Column, Schema

_ORDERED = ("integer", "decimal", "float", "date", "timestamp")
_COUNTED = ("integer", "string")
"""Families of which few distinct values may be a set."""


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """One column over all rows. Of a masked one only `nulls`, `null_share` and `is_unique` are known.

    `null_share`: the largest fraction of NULLs in an interval. `lengths`: of texts, in characters.
    `values`: the distinct ones when they are few.
    """

    name: str
    type: str
    family: Family
    masked: bool = False
    nulls: int = 0
    null_share: float = 0.0
    nans: int = 0
    bounds: tuple[Measured, Measured] | None = None
    lengths: tuple[int, int] | None = None
    values: tuple[Measured, ...] | None = None
    is_unique: bool = False


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A dataset: `counts` are the numbers of rows of its intervals, one for a dataset without."""

    counts: tuple[int, ...]
    columns: tuple[ColumnProfile, ...]

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.counts)


def profile_aggregates(schema: Schema) -> Mapping[str, str]:
    """SQL aggregates by alias, for the rows of an interval: `c<column>_<what>`, and `rows`."""
    wanted = {"rows": "count(*)"}
    for number, column in enumerate(schema.columns):
        name, family = identifier(column.name), family_of_column(column)
        wanted[f"c{number}_nulls"] = f"count_if({name} IS NULL)"
        if column.masked:
            continue
        if family in _ORDERED:
            kept = f"nullif({name}, double('NaN'))" if family == "float" else name
            wanted[f"c{number}_min"], wanted[f"c{number}_max"] = f"min({kept})", f"max({kept})"
        if family == "float":
            wanted[f"c{number}_nans"] = f"count_if(isnan({name}))"
        if family == "string":
            wanted[f"c{number}_short"] = f"min(char_length({name}))"
            wanted[f"c{number}_long"] = f"max(char_length({name}))"
    return wanted


def distinct_aggregates(schema: Schema) -> Mapping[str, str]:
    """SQL aggregates over all rows: about how many distinct values a column has that may be few or unique."""
    return {
        f"c{number}": f"approx_count_distinct({identifier(column.name)})"
        for number, column in enumerate(schema.columns)
        if family_of_column(column) in (*_COUNTED, "date", "timestamp")
    }


def family_of_column(column: Column) -> Family:
    """The kind of values of a column of a sound schema."""
    assert column.datatype is not None, "contract.validate comes first"
    return family_of(column.datatype)


def may_be_a_set(column: Column) -> bool:
    """Whether a list of its values can be a rule."""
    return not column.masked and family_of_column(column) in _COUNTED
