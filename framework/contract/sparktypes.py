"""The names that Great Expectations gives Spark's types: classes of `pyspark.sql.types`."""

from collections.abc import Mapping

from framework.contract.datatype import Array, DataType, Map, Primitive, Struct
from framework.contract.datatype import Decimal as DecimalType

_CLASSES: Mapping[str, tuple[str, ...]] = {
    "boolean": ("BooleanType", "AtomicType"),
    "tinyint": ("ByteType", "IntegralType", "NumericType", "AtomicType"),
    "smallint": ("ShortType", "IntegralType", "NumericType", "AtomicType"),
    "int": ("IntegerType", "IntegralType", "NumericType", "AtomicType"),
    "bigint": ("LongType", "IntegralType", "NumericType", "AtomicType"),
    "float": ("FloatType", "FractionalType", "NumericType", "AtomicType"),
    "double": ("DoubleType", "FractionalType", "NumericType", "AtomicType"),
    "string": ("StringType", "AtomicType"),
    "binary": ("BinaryType", "AtomicType"),
    "date": ("DateType", "AtomicType"),
    "timestamp": ("TimestampType", "AtomicType"),
    "timestamp_ntz": ("TimestampNTZType", "AtomicType"),
}
"""A type's class and those that it is a subclass of, as in pyspark 3.5 and 4 (pyspark/sql/types.py)."""
_DECIMAL = ("DecimalType", "FractionalType", "NumericType", "AtomicType")
_NO_COLUMN = (
    "CalendarIntervalType",
    "CharType",
    "DayTimeIntervalType",
    "GeographyType",  # this, GeometryType and TimeType from Spark 4.1 on
    "GeometryType",
    "NullType",
    "TimeType",
    "UserDefinedType",
    "VarcharType",
    "VariantType",
    "YearMonthIntervalType",
)
"""Types of Spark's that no schema of ours has."""

SPARK_TYPES = frozenset(
    {"DataType", "ArrayType", "MapType", "StructType", *_DECIMAL, *_NO_COLUMN}.union(*_CLASSES.values())
)
"""Every name that a rule about types takes."""


def spark_type(type_: DataType) -> str:
    """The class of a type, as `type(…).__name__` of pyspark says it."""
    return _classes(type_)[0]


def is_kind_of(type_: DataType, name: str) -> bool:
    """Whether the type is of the class of that name, or of a subclass."""
    return name == "DataType" or name in _classes(type_)


def _classes(type_: DataType) -> tuple[str, ...]:
    match type_:
        case Primitive(name):
            return _CLASSES[name]
        case DecimalType():
            return _DECIMAL
        case Array():
            return ("ArrayType",)
        case Map():
            return ("MapType",)
        case Struct():
            return ("StructType",)
