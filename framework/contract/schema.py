"""A table's columns and types, read from Spark's DDL without Spark."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Union

from framework.contract.datatype import DataType, JsonType, quoted, render_json, render_type
from framework.contract.ddl import DdlError, parse_ddl, parse_type


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `type` is Spark's `simpleString` in lower case: `decimal(15,2)`, `array<int>`.

    It may be written as in DDL (`BIGINT`, `long`); a text that is no type stays as it is, and is
    a fault of the schema. `masked`: its values are never shown.
    """

    name: str
    type: str
    nullable: bool = True
    comment: str | None = None
    masked: bool = False

    def __post_init__(self) -> None:
        if (datatype := self.datatype) is not None:
            object.__setattr__(self, "type", render_type(datatype))

    @property
    def datatype(self) -> DataType | None:
        """The type as a value; None when the text is no type."""
        try:
            return parse_type(self.type)
        except DdlError:
            return None


@dataclass(frozen=True)
class Schema:
    """Ordered columns of a dataset. Never raises: `faults` says what is wrong with the DDL."""

    columns: tuple[Column, ...]
    faults: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        given: object = self.columns
        if isinstance(given, str) or not all(isinstance(column, Column) for column in self.columns):
            object.__setattr__(self, "columns", ())
            hint = "Schema(…) takes columns: give the DDL text by itself, or to Schema.of(…)"
            object.__setattr__(self, "faults", (*self.faults, hint))
        faults = (*self.faults, *_bad_types(self), *_duplicates(self.columns))
        object.__setattr__(self, "faults", tuple(dict.fromkeys(faults)))

    @classmethod
    def of(cls, value: Union["Schema", str, Sequence[Column], None]) -> "Schema | None":
        """A schema from DDL text or columns; a schema or None as it is."""
        if value is None or isinstance(value, Schema):
            return value
        if not isinstance(value, str):
            return _of_columns(value)
        definitions, faults = parse_ddl(value)
        columns = tuple(
            Column(
                name=definition.name,
                type=definition.type_text if definition.type is None else render_type(definition.type),
                nullable=definition.nullable,
                comment=definition.comment,
            )
            for definition in definitions
        )
        return cls(columns, faults)

    def masked(self, *names: str) -> "Schema":
        """This schema with the named columns masked."""
        unknown = tuple(f'masked("{name}"): no such column' for name in names if self.find(name) is None)
        columns = tuple(
            replace(column, masked=column.masked or column.name in names) for column in self.columns
        )
        return Schema(columns, (*self.faults, *unknown))

    def find(self, name: str) -> Column | None:
        """The column of that exact name."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def ddl(self) -> str:
        """The schema as DDL that Spark and `Schema.of` read."""
        return ", ".join(_column_ddl(column) for column in self.columns)

    def to_json(self) -> dict[str, JsonType | list[dict[str, object]]]:
        """Spark's JSON schema document, which `StructType.fromJson` and Delta's log read.

        ValueError for a schema that has a column without a type (one of its `faults`).
        """
        return {"type": "struct", "fields": [_column_json(column) for column in self.columns]}


def _of_columns(value: Sequence[object]) -> Schema:
    if isinstance(value, Sequence) and all(isinstance(column, Column) for column in value):
        return Schema(tuple(column for column in value if isinstance(column, Column)))
    return Schema((), (f"a schema is DDL text, a Schema or a list of Column, not {type(value).__name__}",))


def _column_json(column: Column) -> dict[str, object]:
    return {
        "name": column.name,
        "type": render_json(parse_type(column.type)),
        "nullable": column.nullable,
        "metadata": {} if column.comment is None else {"comment": column.comment},
    }


def _column_ddl(column: Column) -> str:
    datatype = column.datatype
    words = [quoted(column.name), column.type if datatype is None else render_type(datatype, upper=True)]
    if not column.nullable:
        words.append("NOT NULL")
    if column.comment is not None:
        escaped = column.comment.replace("\\", "\\\\").replace("'", "\\'")
        words.append(f"COMMENT '{escaped}'")
    return " ".join(words)


def _bad_types(schema: Schema) -> list[str]:
    """Faults of types; those of a DDL text were found while reading it, and have the same words."""
    faults = []
    for column in schema.columns:
        try:
            parse_type(column.type)
        except DdlError as error:
            faults.append(f'column "{column.name}": {error}')
    return faults


def _duplicates(columns: Sequence[Column]) -> list[str]:
    """Spark finds columns without regard to case, so two that differ only by it are one."""
    seen: dict[str, str] = {}
    times = Counter(column.name for column in columns)
    faults = []
    for column in columns:
        earlier = seen.setdefault(column.name.lower(), column.name)
        if earlier != column.name:
            faults.append(f'columns "{earlier}" and "{column.name}" are one to Spark, which ignores case')
        elif times[column.name] > 1:
            faults.append(f'column "{column.name}" is there twice')
    return faults
