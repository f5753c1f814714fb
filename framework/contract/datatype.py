"""Spark's types as values: rendered as `simpleString`, as DDL, and as Spark's JSON."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

JsonType = str | dict[str, object]
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

NAMES = {
    "boolean": "boolean",
    "tinyint": "byte",
    "smallint": "short",
    "int": "integer",
    "bigint": "long",
    "float": "float",
    "double": "double",
    "string": "string",
    "binary": "binary",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp_ntz": "timestamp_ntz",
}
"""Primitive types: `simpleString` → the name in Spark's JSON schema (pyspark.sql.types)."""


@dataclass(frozen=True)
class Primitive:
    """A type without arguments; `name` is a key of `NAMES`."""

    name: str


@dataclass(frozen=True)
class Decimal:
    """`precision` digits (at most 38), `scale` of them behind the point."""

    precision: int
    scale: int


@dataclass(frozen=True)
class Array:
    """Elements may be NULL."""

    element: "DataType"


@dataclass(frozen=True)
class Map:
    """Values may be NULL, keys not."""

    key: "DataType"
    value: "DataType"


@dataclass(frozen=True)
class Struct:
    """Named fields in order, each nullable."""

    fields: tuple[tuple[str, "DataType"], ...]


DataType = Primitive | Decimal | Array | Map | Struct


def identifier(name: str) -> str:
    """Any name as one identifier of Spark SQL: in backticks."""
    return "`{}`".format(name.replace("`", "``"))


def text_literal(text: str) -> str:
    """Any text as a literal of Spark SQL. `${` is written so that variable substitution does not see it."""
    return "'{}'".format(text.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\u0024{"))


def quoted(name: str) -> str:
    """A name as DDL and `simpleString` have it: in backticks only where it needs them."""
    return name if _PLAIN.fullmatch(name) else identifier(name)


def render_type(type_: DataType, *, upper: bool = False) -> str:
    """Spark's `simpleString` (field names keep their case, unusual ones get backticks), or DDL's capitals."""

    def word(text: str) -> str:
        return text.upper() if upper else text

    match type_:
        case Primitive(name):
            return word(name)
        case Decimal(precision, scale):
            return f"{word('decimal')}({precision},{scale})"
        case Array(element):
            return f"{word('array')}<{render_type(element, upper=upper)}>"
        case Map(key, value):
            return f"{word('map')}<{render_type(key, upper=upper)},{render_type(value, upper=upper)}>"
        case Struct(fields):
            inner = ",".join(f"{quoted(name)}:{render_type(field, upper=upper)}" for name, field in fields)
            return f"{word('struct')}<{inner}>"
        case _:
            assert_never(type_)


def render_json(type_: DataType) -> JsonType:
    """What `pyspark.sql.types.DataType.jsonValue` gives, and the Delta protocol's schema format."""
    match type_:
        case Primitive(name):
            return NAMES[name]
        case Decimal(precision, scale):
            return f"decimal({precision},{scale})"
        case Array(element):
            return {"type": "array", "elementType": render_json(element), "containsNull": True}
        case Map(key, value):
            return {
                "type": "map",
                "keyType": render_json(key),
                "valueType": render_json(value),
                "valueContainsNull": True,
            }
        case Struct(fields):
            return {
                "type": "struct",
                "fields": [
                    {"name": name, "type": render_json(field), "nullable": True, "metadata": {}}
                    for name, field in fields
                ],
            }
        case _:
            assert_never(type_)


def field_names(type_: DataType) -> Iterator[str]:
    """The names of all fields of the structs inside, at any depth."""
    match type_:
        case Array(element):
            yield from field_names(element)
        case Map(key, value):
            yield from field_names(key)
            yield from field_names(value)
        case Struct(fields):
            for name, field in fields:
                yield name
                yield from field_names(field)
        case _:
            return
