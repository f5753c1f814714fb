"""How many digits Spark gives exact numbers of several types when it compares them.

Two exact numbers are compared as the one decimal type that holds both. Where that would need more than
38 digits Spark 4 cuts fractions, and two numbers that differ there are equal (`DecimalType` of
Spark: `forType`, `boundedPreferIntegralDigits`).
"""

from framework.contract.datatype import DataType, Decimal, Primitive

MOST = 38
"""Digits of the longest decimal type."""
_WHOLE = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 20}
"""Digits that Spark gives a whole number beside a decimal."""


def digits_of(type_: DataType | None) -> tuple[int, int] | None:
    """Digits before and behind the point of an exact number; None for other types."""
    match type_:
        case Decimal(precision, scale):
            return precision - scale, scale
        case Primitive(name) if name in _WHOLE:
            return _WHOLE[name], 0
        case _:
            return None


def digits_together(*types: DataType | None) -> int:
    """Digits of the one decimal type that holds the values of all; 0 where one is no exact number."""
    sizes = [size for type_ in types if (size := digits_of(type_)) is not None]
    if len(sizes) < len(types):
        return 0
    return max(whole for whole, _ in sizes) + max(fraction for _, fraction in sizes)
