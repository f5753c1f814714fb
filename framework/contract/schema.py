"""A table's columns and types, read from Spark's DDL without Spark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `type` is Spark's `simpleString` in lower case: `decimal(15,2)`, `array<int>`."""

    name: str
    type: str
    nullable: bool = True
    comment: str | None = None
    masked: bool = False


@dataclass(frozen=True)
class Schema:
    """Ordered columns of a dataset. Never raises: `faults` says what is wrong with the DDL."""

    columns: tuple[Column, ...]
    faults: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: Union["Schema", str, None]) -> "Schema | None":
        """A schema from DDL text; a schema or None as it is."""
        raise NotImplementedError

    def find(self, name: str) -> Column | None:
        """The column of that exact name."""
        return next((column for column in self.columns if column.name == name), None)
