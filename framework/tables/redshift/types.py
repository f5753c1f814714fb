"""Types of Spark as types of Redshift, and back; what of a value does not survive the way is refused.

Names of types are those that the catalog's `format_type` writes. Sources: Amazon Redshift Database
Developer Guide, «Data types», «COPY from columnar data formats», «SUPER data type».
"""

import re

from framework.contract.datatype import (
    Array,
    DataType,
    Decimal,
    Map,
    Primitive,
    Struct,
    identifier,
    render_type,
)

LONGEST = 65535
"""Bytes of the longest VARCHAR."""
SHORTEST = 256
"""Bytes of a VARCHAR of which no length was said, until a longer text comes."""
_LARGEST_SUPER = 1 << 20
"""Bytes of JSON that a SUPER may have here; Redshift itself takes 16 MB, but not of one text inside."""
_MOST_DIGITS_BEHIND = 37

_PRIMITIVES = {
    "boolean": "boolean",
    "smallint": "smallint",
    "int": "integer",
    "bigint": "bigint",
    "float": "real",
    "double": "double precision",
    "date": "date",
    "timestamp": "timestamp with time zone",
    "timestamp_ntz": "timestamp without time zone",
}
_BACK = {name: Primitive(spark) for spark, name in _PRIMITIVES.items()}
_TEXT = re.compile(r"(?:character varying|character|text|bpchar|name)(?:\((\d+)\))?")
_NUMBER = re.compile(r"numeric\((\d+),(\d+)\)")
_IN_SUPER = frozenset({"boolean", "tinyint", "smallint", "int", "bigint", "string"})

_YEARS = {
    "date": "{0} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'",
    "timestamp": "{0} BETWEEN TIMESTAMP '0001-01-01 00:00:00+00:00' "
    "AND TIMESTAMP '9999-12-31 23:59:59.999999+00:00'",
    "timestamp_ntz": "{0} BETWEEN TIMESTAMP_NTZ '0001-01-01 00:00:00' "
    "AND TIMESTAMP_NTZ '9999-12-31 23:59:59.999999'",
}
"""Years that every reader of the table can tell; Spark computes others without a word."""


def column_type(datatype: DataType, length: int = SHORTEST) -> str | None:
    """The type of a column; `length`: bytes of a VARCHAR. None: `refusal` says why there is none."""
    if refusal(datatype) is not None:
        return None
    match datatype:
        case Primitive("string"):
            return f"character varying({length})"
        case Primitive(name):
            return _PRIMITIVES[name]
        case Decimal(precision, scale):
            return f"numeric({precision},{scale})"
        case _:
            return "super"


def loaded_type(datatype: DataType) -> str | None:
    """The type into which COPY loads a column of Parquet; from there INSERT assigns what it is to be.

    COPY reads Parquet's timestamps as wall clocks, here of UTC, as the session's time zone is. Texts come
    in whatever their length is, to be measured.
    """
    match datatype:
        case Primitive("timestamp"):
            return _PRIMITIVES["timestamp_ntz"]
        case _:
            return column_type(datatype, LONGEST)


def refusal(datatype: DataType) -> str | None:
    """Why there is no column for a type, and what to write instead; None when there is one."""
    match datatype:
        case Primitive("tinyint"):
            return "Redshift has no TINYINT: write SMALLINT"
        case Primitive("binary"):
            return "BINARY does not come back as it was: write STRING, with hex() or base64()"
        case Decimal(_, scale) if scale > _MOST_DIGITS_BEHIND:
            return f"Redshift keeps at most {_MOST_DIGITS_BEHIND} digits behind the point"
        case Map():
            return "a MAP does not come back as it was: write an ARRAY of STRUCT<key, value>"
        case Array() | Struct():
            inside = _first_refused(datatype)
            return (
                None
                if inside is None
                else (
                    f"{render_type(inside, upper=True)} inside a SUPER does not come back as it was: "
                    "write STRING or DECIMAL there"
                )
            )
        case _:
            return None


def spark_type(name: str) -> DataType | None:
    """The type of Spark that has every value of a column; SUPER is JSON text. None: none has."""
    if _TEXT.fullmatch(name) or name == "super":
        return Primitive("string")
    if (number := _NUMBER.fullmatch(name)) is not None:
        return Decimal(int(number[1]), int(number[2]))
    return _BACK.get(name)


def length_of(name: str) -> int | None:
    """The bytes of a VARCHAR; None of another type."""
    found = _TEXT.fullmatch(name)
    return None if found is None or not name.startswith("character varying") else int(found[1] or LONGEST)


def roomy_length(measured: int) -> int:
    """The length of a VARCHAR that holds `measured` bytes: the next power of two, so that it grows seldom."""
    return min(max(SHORTEST, 1 << max(measured - 1, 0).bit_length()), LONGEST)


def exactness(column: str, datatype: DataType, length: int = LONGEST) -> str | None:
    """A predicate of Spark SQL that is true of each value that Redshift keeps as it is, and of NULL.

    None: it keeps every value of the type. A text has at most `length` bytes of UTF-8 and no NUL.
    """
    name = identifier(column)
    match datatype:
        case Primitive("string"):
            held = f"octet_length({name}) <= {length} AND instr({name}, char(0)) = 0"
        case Primitive(kind) if kind in _YEARS:
            held = _YEARS[kind].format(name)
        case Array() | Struct():
            # A NUL inside is written as an escape, which Redshift's JSON does not take.
            json = f"to_json({name})"
            held = f"octet_length({json}) <= {_LARGEST_SUPER} AND instr({json}, '\\\\u0000') = 0"
        case _:
            return None
    return f"{name} IS NULL OR ({held})"


def _first_refused(datatype: DataType) -> DataType | None:
    """The first type inside, at any depth, that JSON does not keep."""
    match datatype:
        case Array(element):
            return _first_refused(element)
        case Struct(fields):
            return next((bad for _, each in fields if (bad := _first_refused(each)) is not None), None)
        case Primitive(name):
            return None if name in _IN_SUPER else datatype
        case Decimal(_, scale):
            return None if scale <= _MOST_DIGITS_BEHIND else datatype
        case Map():
            return datatype
