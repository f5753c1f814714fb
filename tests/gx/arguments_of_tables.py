"""Arguments of rules about all rows together, and about the columns that there are."""

import math
import statistics
from collections import Counter

from tests.gx.draw import NUMBERS, ORDERED, Arguments, Draw
from tests.gx.tables import ARROW, FAMILY, SCHEMA

_HUGE = 1e100
SPARK_TYPES = (
    *(
        "ByteType",
        "ShortType",
        "IntegerType",
        "LongType",
        "FloatType",
        "DoubleType",
        "DecimalType",
        "StringType",
    ),
    *("BooleanType", "DateType", "TimestampType", "BinaryType", "ArrayType", "IntegerType()", "StringType()"),
    *("int", "string", "DecimalType(9,2)", "Integertype", "bigint", "str"),
)


def statistic(draw: Draw) -> Arguments:
    """Bounds of what may be a statistic of a column of numbers."""
    column = draw.column(NUMBERS)
    values = [float(value) for value in draw.table.values(column)]  # type: ignore[arg-type]
    finite = [value for value in values if abs(value) < _HUGE]
    numbers = [0.0]
    if finite:
        numbers += [
            statistics.fmean(finite),
            statistics.median(finite),
            math.fsum(finite),
            min(finite),
            max(finite),
        ]
    if len(finite) > 1:
        numbers.append(statistics.stdev(finite))
    return {"column": column, **draw.near(numbers), **draw.condition()}


def extreme(draw: Draw) -> Arguments:
    """Bounds of a minimum or maximum."""
    column = draw.column(ORDERED)
    return {"column": column, **draw.bounds(column), **draw.condition()}


def distinct_count(draw: Draw) -> Arguments:
    """Bounds of the number of distinct values."""
    column = draw.column()
    count = len(set(map(str, draw.table.values(column))))
    return {
        "column": column,
        **draw.between(*(max(0, count + draw.one([-1, 0, 0, 1])) for _ in "ab")),
        **draw.condition(),
    }


def proportion(draw: Draw) -> Arguments:
    """Bounds of a proportion of a column's rows."""
    column = draw.column()
    rows = max(1, draw.table.data.num_rows)
    edges = (draw.chance.randint(0, rows) / rows, draw.one([0.0, 0, 0.5, 1, 1.0]))
    return {"column": column, **draw.between(*edges), **draw.condition()}


def value_set(draw: Draw) -> Arguments:
    """A column and a set, often that of its values."""
    column = draw.column()
    own = [value for value in draw.table.values(column) if value == value]  # noqa: PLR0124
    chosen = list(dict.fromkeys(own)) if own and draw.often(0.5) else draw.values(column)
    chosen = chosen or [draw.value(column)]  # it takes no empty set
    return {"column": column, "value_set": chosen, **draw.condition()}


def most_common(draw: Draw) -> Arguments:
    """A set that may hold the most common value."""
    column = draw.column()
    common = [value for value, _ in Counter(map(_hashable, draw.table.values(column))).most_common(2)]
    chosen = [value for value in common if value == value] if draw.often(0.6) else draw.values(column)  # noqa: PLR0124
    ties = {"ties_okay": draw.often(0.5)} if draw.often(0.6) else {}
    return {"column": column, "value_set": chosen, **ties, **draw.condition()}


def quantiles(draw: Draw) -> Arguments:
    """Quantiles, and ranges of them."""
    column = draw.column(NUMBERS)
    fractions = sorted({draw.one([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]) for _ in range(3)})
    ranges = [draw.near([float(v) for v in draw.table.values(column) if math.isfinite(v)]) for _ in fractions]  # type: ignore[arg-type]
    value_ranges = [[each.get("min_value"), each.get("max_value")] for each in ranges]
    return {
        "column": column,
        "quantile_ranges": {"quantiles": fractions, "value_ranges": value_ranges},
        **draw.condition(),
    }


def row_count(draw: Draw) -> Arguments:
    """Bounds of the number of rows."""
    rows = draw.table.data.num_rows
    bounds = draw.between(*(max(0, rows + draw.one([-1, 0, 0, 1, 5])) for _ in "ab"))
    return {**bounds, **draw.condition()}


def row_count_equal(draw: Draw) -> Arguments:
    """The number of rows, or nearly."""
    return {"value": max(0, draw.table.data.num_rows + draw.one([0, 0, 1])), **draw.condition()}


def column_exists(draw: Draw) -> Arguments:
    """A column, now and then one that there is not, and its place."""
    name = draw.one([*ARROW.names, "nowhere", "I8"])
    place = ARROW.names.index(name) if name in ARROW.names else 0
    return {
        "column": name,
        **({"column_index": max(0, place + draw.one([0, 0, 1]))} if draw.often(0.6) else {}),
    }


def column_count(draw: Draw) -> Arguments:
    """Bounds of the number of columns."""
    bounds = draw.between(*(len(ARROW.names) + draw.one([-1, 0, 1]) for _ in "ab"))
    return {name: value for name, value in bounds.items() if not name.startswith("strict")}


def column_list(draw: Draw) -> Arguments:
    """The columns in order, or nearly."""
    return {"column_list": _nearly(draw, ARROW.names)}


def column_set(draw: Draw) -> Arguments:
    """The set of columns, or nearly."""
    exact = {"exact_match": draw.often(0.5)} if draw.often(0.6) else {}
    names = _nearly(draw, ARROW.names)
    return {"column_set": names[:5] if draw.often(0.2) else names, **exact}


def of_type(draw: Draw) -> Arguments:
    """A column and the name of a Spark type, often its own."""
    column = draw.column()
    return {"column": column, "type_": _type_name(draw, column)}


def in_type_list(draw: Draw) -> Arguments:
    """A column and names of Spark types."""
    column = draw.column()
    return {
        "column": column,
        "type_list": list(dict.fromkeys(_type_name(draw, column) for _ in range(draw.one([1, 2, 3])))),
    }


def _type_name(draw: Draw, column: str) -> str:
    found = SCHEMA.find(column)
    assert found is not None
    named = {"tinyint": "ByteType", "smallint": "ShortType", "bigint": "LongType", "double": "DoubleType"}
    family = FAMILY[column].capitalize() + "Type"
    return draw.one([named.get(found.type, family), draw.one(SPARK_TYPES)])


def _nearly(draw: Draw, names: list[str]) -> list[str]:
    changed = list(names)
    match draw.one(["same", "same", "swapped", "fewer", "more", "other"]):
        case "swapped":
            changed[0], changed[1] = changed[1], changed[0]
        case "fewer":
            changed.pop(draw.chance.randrange(len(changed)))
        case "more":
            changed.append("nowhere")
        case "other":
            changed[3] = "J32"
    return changed


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
