"""A frame's columns in the order, names and types of the schema, or what does not fit."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.contract.datatype import identifier
from framework.contract.suggest import suggest
from framework.contract.types import Output
from framework.errors import Fault, RejectedError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType, StructType

_INTEGERS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
"""Integer types from narrow to wide, with the decimal digits that their values need."""


def conform(frame: "DataFrame", output: Output) -> "DataFrame":
    """`frame` with exactly the schema's columns: matched by name, widened where nothing is lost.

    Integers widen to longer ones, FLOAT to DOUBLE, DECIMAL to one with no fewer digits on either
    side, VARCHAR and CHAR to STRING, an untyped NULL to anything; nested types too. NOT NULL is
    not looked at here. Raises `RejectedError` with every column that is missing, surplus, there
    twice or of another type; nothing has been computed or written by then.
    """
    from pyspark.sql import functions as F
    from pyspark.sql.types import StructType

    if output.schema is None:
        return frame
    wanted = StructType.fromJson(dict(output.schema.to_json()))
    faults = [
        Fault(what=f"{output.dataset}: {fault.what}", where=output.where, hint=fault.hint)
        for fault in (*_doubled(frame.columns), *_compare(frame.schema, wanted, ""))
    ]
    if faults:
        raise RejectedError(faults)
    return frame.select(
        *(
            _widen(F.col(identifier(field.name)), frame.schema[field.name].dataType, field.dataType).alias(
                field.name
            )
            for field in wanted.fields
        )
    )


def _doubled(names: list[str]) -> Iterator[Fault]:
    lower = [name.lower() for name in names]
    for name in sorted({name for name in names if lower.count(name.lower()) > 1}):
        yield Fault(what=f'column "{name}" is there twice (upper and lower case are one to Spark)')


def _compare(found: "StructType", wanted: "StructType", path: str) -> Iterator[Fault]:
    for field in wanted.fields:
        if field.name not in found.names:
            surplus = [name for name in found.names if name not in wanted.names]
            hint = suggest(field.name, surplus or found.names, kind="Columns")
            yield Fault(what=f'no column "{path}{field.name}"', hint=hint)
        else:
            yield from _compare_types(found[field.name].dataType, field.dataType, f"{path}{field.name}")
    for name in found.names:
        if name not in wanted.names:
            hint = suggest(name, wanted.names, kind="Columns")
            yield Fault(what=f'column "{path}{name}" is not in the schema', hint=hint)


def _compare_types(found: "DataType", wanted: "DataType", path: str) -> Iterator[Fault]:
    from pyspark.sql.types import ArrayType, MapType, StructType

    if isinstance(found, StructType) and isinstance(wanted, StructType):
        yield from _compare(found, wanted, f"{path}.")
    elif isinstance(found, ArrayType) and isinstance(wanted, ArrayType):
        yield from _compare_types(found.elementType, wanted.elementType, f"{path}[]")
    elif isinstance(found, MapType) and isinstance(wanted, MapType):
        yield from _compare_types(found.keyType, wanted.keyType, f"{path}{{key}}")
        yield from _compare_types(found.valueType, wanted.valueType, f"{path}{{}}")
    elif not _fits(found, wanted):
        yield Fault(
            what=f'column "{path}" is {found.simpleString().upper()}, '
            f"the schema says {wanted.simpleString().upper()}",
            hint="Cast it in the job; only casts that lose nothing are done for you.",
        )


def _fits(found: "DataType", wanted: "DataType") -> bool:
    from pyspark.sql.types import CharType, DecimalType, NullType, StringType, VarcharType

    source, target = found.simpleString(), wanted.simpleString()
    if source == target or isinstance(found, NullType):
        return True
    if source in _INTEGERS and target in _INTEGERS:
        return _INTEGERS[source] <= _INTEGERS[target]
    if isinstance(wanted, DecimalType):
        before = wanted.precision - wanted.scale
        if isinstance(found, DecimalType):
            return found.scale <= wanted.scale and found.precision - found.scale <= before
        return source in _INTEGERS and _INTEGERS[source] <= before
    if isinstance(wanted, StringType):
        return isinstance(found, VarcharType | CharType)
    return (source, target) == ("float", "double")


def _widen(column: "Column", found: "DataType", wanted: "DataType") -> "Column":
    """A cast between structs goes by position, so they are built anew by name."""
    from pyspark.sql import functions as F
    from pyspark.sql.types import ArrayType, MapType, StructType

    if found.simpleString() == wanted.simpleString():
        return column
    if isinstance(found, StructType) and isinstance(wanted, StructType):
        fields = (
            _widen(column.getField(field.name), found[field.name].dataType, field.dataType).alias(field.name)
            for field in wanted.fields
        )
        return F.when(column.isNotNull(), F.struct(*fields))
    if isinstance(found, ArrayType) and isinstance(wanted, ArrayType):
        elements = (found.elementType, wanted.elementType)
        return F.transform(column, lambda element: _widen(element, *elements))
    if isinstance(found, MapType) and isinstance(wanted, MapType):
        keys, values = (found.keyType, wanted.keyType), (found.valueType, wanted.valueType)
        by_key = F.transform_keys(column, lambda key, _: _widen(key, *keys))
        return F.transform_values(by_key, lambda _, value: _widen(value, *values))
    return column.cast(wanted)
