"""Whether every value of a column's old type is one of its new type."""

from framework.contract.datatype import Array, DataType, Decimal, Map, Primitive, Struct
from framework.contract.ddl import parse_type

_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_NO_INTEGER = 99


def is_widened(old: str, new: str) -> bool:
    """Whether readers of type `old` (Spark's simpleString) find nothing lost in `new`."""
    return old == new or _holds(parse_type(old), parse_type(new))


def _holds(old: DataType, new: DataType) -> bool:
    match old, new:
        case Array(), Array():
            held = _holds(old.element, new.element)
        case Map(), Map():
            held = _holds(old.key, new.key) and _holds(old.value, new.value)
        case Struct(), Struct():
            found = dict(new.fields)
            held = all(name in found and _holds(type_, found[name]) for name, type_ in old.fields)
        case Decimal(), Decimal():
            held = old.scale <= new.scale and old.precision - old.scale <= new.precision - new.scale
        case Primitive(), Decimal():
            held = _DIGITS.get(old.name, _NO_INTEGER) <= new.precision - new.scale
        case Primitive(), Primitive() if old.name in _DIGITS and new.name in _DIGITS:
            held = _DIGITS[old.name] <= _DIGITS[new.name]
        case _:
            held = old == new or (old, new) == (Primitive("float"), Primitive("double"))
    return held
