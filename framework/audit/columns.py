"""The columns that Parquet files really have, compared with those that the contract says."""

from typing import TYPE_CHECKING

from framework.contract.datatype import quoted
from framework.contract.schema import Schema

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import FileMetaData


def find_difference(footer: "FileMetaData", schema: Schema) -> str | None:
    """The first column that differs in place, exact name or type, in words; None when all are equal.

    Physical types count: a TIMESTAMP is one of microseconds in UTC, not INT96; a decimal has
    exactly the declared precision. Whether a column may be NULL is looked at by its values.
    """
    actual = [(field.name, spark_type(field.type)) for field in footer.schema.to_arrow_schema()]
    wanted = [(column.name, column.type) for column in schema.columns]
    for place in range(max(len(actual), len(wanted))):
        found = actual[place] if place < len(actual) else None
        expected = wanted[place] if place < len(wanted) else None
        if found != expected:
            return f"column {place + 1} is {_words(found)}, not {_words(expected)}"
    return None


def spark_type(type_: "pa.DataType") -> str:
    """Spark's `simpleString` of the type that Spark writes as this one; Arrow's own name if none."""
    import pyarrow as pa

    if pa.types.is_decimal(type_):
        return f"decimal({type_.precision},{type_.scale})"
    if pa.types.is_list(type_):
        return f"array<{spark_type(type_.value_type)}>"
    if pa.types.is_map(type_):
        return f"map<{spark_type(type_.key_type)},{spark_type(type_.item_type)}>"
    if pa.types.is_struct(type_):
        return "struct<{}>".format(",".join(f"{quoted(f.name)}:{spark_type(f.type)}" for f in type_))
    name = str(type_)
    return _NAMES.get(name, f"Parquet's {name}")


_NAMES = {
    "bool": "boolean",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "float": "float",
    "double": "double",
    "string": "string",
    "binary": "binary",
    "date32[day]": "date",
    "timestamp[us, tz=UTC]": "timestamp",
    "timestamp[us]": "timestamp_ntz",
}
"""Arrow's names of the Parquet types that Spark writes (Spark's ParquetSchemaConverter)."""


def _words(column: tuple[str, str] | None) -> str:
    return "nothing" if column is None else f'"{column[0]}" of type {column[1]}'
