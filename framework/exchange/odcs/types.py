"""Types of columns: ours as `logicalType` and `physicalType`, and back."""

import re
from collections.abc import Mapping
from typing import assert_never

from framework.contract.datatype import Array, DataType, Decimal, Map, Primitive, Struct, render_type
from framework.contract.ddl import DdlError, parse_type

_LOGICAL = {
    "boolean": "boolean",
    "tinyint": "integer",
    "smallint": "integer",
    "int": "integer",
    "bigint": "integer",
    "float": "number",
    "double": "number",
    "string": "string",
    "binary": "string",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp_ntz": "timestamp",
}
_DEFAULTS = {
    "boolean": "boolean",
    "integer": "bigint",
    "number": "double",
    "string": "string",
    "date": "date",
    "timestamp": "timestamp",
    "time": "string",
}
_FOREIGN = {
    "varchar": "string",
    "char": "string",
    "character": "string",
    "character varying": "string",
    "nvarchar": "string",
    "nchar": "string",
    "text": "string",
    "bpchar": "string",
    "uuid": "string",
    "xml": "string",
    "json": "string",
    "int2": "smallint",
    "int4": "int",
    "int8": "bigint",
    "int64": "bigint",
    "float4": "float",
    "float8": "double",
    "float64": "double",
    "double precision": "double",
    "serial": "int",
    "bigserial": "bigint",
    "bytea": "binary",
    "bytes": "binary",
    "varbinary": "binary",
    "datetime": "timestamp_ntz",
    "timestamptz": "timestamp",
    "timestamp without time zone": "timestamp_ntz",
    "timestamp with time zone": "timestamp",
}
"""Names of other databases (PostgreSQL, Redshift, BigQuery, SQL Server) for types that Spark has."""
_ARGUMENTS = re.compile(r"\s*(\([^()]*\)|\[[^\[\]]*\])")
_BARE_DECIMAL = re.compile(r"\s*(decimal|dec|numeric)\s*", re.IGNORECASE)
_TIME = re.compile(r"\s*time\b", re.IGNORECASE)


def build_type(type_: DataType) -> dict[str, object]:
    """`logicalType`, `physicalType` and what is inside, for a property or an item."""
    return {**_logical(type_), "physicalType": render_type(type_, upper=True)}


def parse_property_type(given: Mapping[str, object]) -> tuple[DataType, str | None]:
    """The type of a property, and what had to be guessed.

    `physicalType` when it is a type of Spark's or has a name known from elsewhere, else what
    `logicalType` stands for: BIGINT for integer, DOUBLE for number, STRING for what is unknown.
    """
    physical, logical = given.get("physicalType"), given.get("logicalType")
    if isinstance(physical, str):
        if _BARE_DECIMAL.fullmatch(physical):
            return Decimal(38, 18), f"the type {physical!r} has no digits: DECIMAL(38,18)"
        if (found := _physical(physical)) is not None:
            return found, None
        logical = "time" if _TIME.match(physical) else logical
    return _nested(given, logical) or _guess(physical, logical)


def _nested(given: Mapping[str, object], logical: object) -> tuple[DataType, str | None] | None:
    items, members = given.get("items"), given.get("properties")
    if logical == "array" and isinstance(items, Mapping):
        element, guessed = parse_property_type(items)
        return Array(element), guessed
    if logical == "object" and isinstance(members, list) and members:
        return _struct(members)
    return None


def _guess(physical: object, logical: object) -> tuple[DataType, str | None]:
    name = _DEFAULTS.get(str(logical))
    said = physical or logical
    if name is None:
        return Primitive("string"), f"no type of Spark's is known for {said!r}: STRING"
    if physical is not None or logical in ("number", "time"):
        return Primitive(name), f"the type {said!r} became {name.upper()}"
    return Primitive(name), None


def _logical(type_: DataType) -> dict[str, object]:
    match type_:
        case Primitive("binary"):
            return {"logicalType": "string", "logicalTypeOptions": {"format": "binary"}}
        case Primitive(name):
            return {"logicalType": _LOGICAL[name]}
        case Decimal():
            return {"logicalType": "number"}
        case Array(element):
            return {"logicalType": "array", "items": build_type(element)}
        case Map():
            return {"logicalType": "object"}
        case Struct(fields):
            members = [{"name": name, **build_type(field)} for name, field in fields]
            return {"logicalType": "object", "properties": members}
        case _:
            assert_never(type_)


def _physical(text: str) -> DataType | None:
    try:
        return parse_type(text)
    except DdlError:
        name = _FOREIGN.get(_ARGUMENTS.sub("", text).strip().lower())
        return None if name is None else Primitive(name)


def _struct(members: list[object]) -> tuple[DataType, str | None]:
    fields: list[tuple[str, DataType]] = []
    guesses: list[str] = []
    for member in members:
        if isinstance(member, Mapping) and isinstance(name := member.get("name"), str):
            type_, guessed = parse_property_type(member)
            fields.append((name, type_))
            guesses += [f"{name}: {guessed}"] if guessed else []
    return Struct(tuple(fields)), "; ".join(guesses) or None
