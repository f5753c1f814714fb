"""For each type of expectation, arguments that hit the edges of a generated table, as keyword arguments.

Names and meanings are those of Great Expectations 1.24. The framework takes the same.
"""

import math
import statistics
from collections import Counter
from collections.abc import Callable, Mapping

from tests.gx.draw import NUMBERS, ORDERED, Draw
from tests.gx.tables import ARROW, FAMILY, SCHEMA

Arguments = dict[str, object]
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
REGEXES = (
    "^[A-Z]+$",
    "E",
    "^$",
    r"\d",
    "a|ä",
    "(?i)ewr",
    "^.$",
    "[^\\x00-\\x7F]",
    r"\.",
    "^E?W",
    "(?s).*",
    "'",
    r"\s+",
)


def column_only(draw: Draw) -> Arguments:
    """A column."""
    return {"column": draw.column(), **draw.rows()}


def between(draw: Draw) -> Arguments:
    """A column and bounds of its values. Great Expectations takes no text as a bound."""
    column = draw.column(ORDERED)
    return {"column": column, **draw.bounds(column), **draw.rows()}


def in_set(draw: Draw) -> Arguments:
    """A column and a set of its values."""
    column = draw.column()
    return {"column": column, "value_set": draw.values(column), **draw.rows()}


def _with(
    name: str, choices: tuple[object, ...], **options: tuple[object, ...]
) -> Callable[[Draw], Arguments]:
    """A column, one of the choices, and now and then further options."""

    def draw_them(draw: Draw) -> Arguments:
        given = {option: draw.one(values) for option, values in options.items() if draw.often(0.5)}
        return {"column": draw.column(), name: draw.one(choices), **given, **draw.rows()}

    return draw_them


def _with_list(
    name: str, choices: tuple[object, ...], **options: tuple[object, ...]
) -> Callable[[Draw], Arguments]:
    """The same with a list of choices."""

    def draw_them(draw: Draw) -> Arguments:
        given = {option: draw.one(values) for option, values in options.items() if draw.often(0.5)}
        listed = list(dict.fromkeys(draw.one(choices) for _ in range(draw.one([1, 2, 3]))))
        return {"column": draw.column(), name: listed, **given, **draw.rows()}

    return draw_them


def lengths(draw: Draw) -> Arguments:
    """Bounds of the lengths of texts."""
    return {
        "column": draw.column(),
        **draw.between(draw.one([0, 1, 2, 3]), draw.one([1, 2, 3, 5])),
        **draw.rows(),
    }


def pair(draw: Draw) -> Arguments:
    """Two columns that are compared."""
    first, *rest = draw.alike(least=2, most=2)
    ignored = ("both_values_are_missing", "either_value_is_missing", "neither")
    given = {"ignore_row_if": draw.one(ignored)} if draw.often(0.6) else {}
    return {"column_A": first, "column_B": rest[0] if rest else first, **given, **draw.rows()}


def pair_greater(draw: Draw) -> Arguments:
    """Two columns, the first of which is greater."""
    return {**pair(draw), **({"or_equal": draw.often(0.6)} if draw.often(0.7) else {})}


def pair_in_set(draw: Draw) -> Arguments:
    """Two columns and pairs of their values."""
    given = pair(draw)
    columns = [str(given["column_A"]), str(given["column_B"])]
    rows = list(zip(*(draw.table.columns[name] for name in columns), strict=True))
    own = [row for row in rows if all(value is not None and value == value for value in row)]  # noqa: PLR0124
    pairs = [
        draw.one(own) if own and draw.often(0.7) else tuple(map(draw.value, columns))
        for _ in range(draw.one([1, 2, 4]))
    ]
    return {**given, "value_pairs_set": list(dict.fromkeys(pairs))}


def several(draw: Draw) -> Arguments:
    """Columns that are compared with each other."""
    ignored = ("all_values_are_missing", "any_value_is_missing", "never")
    given = {"ignore_row_if": draw.one(ignored)} if draw.often(0.6) else {}
    return {"column_list": draw.alike(least=2, most=3), **given, **draw.rows()}


def compound(draw: Draw) -> Arguments:
    """Columns that together are a key."""
    return {**several(draw), "column_list": draw.columns(least=2, most=3)}


def sum_of(draw: Draw) -> Arguments:
    """Columns and their sum."""
    given = several(draw)
    columns = given["column_list"]
    assert isinstance(columns, list)
    rows = zip(*(draw.table.columns[name] for name in columns), strict=True)
    sums = [sum(map(float, row)) for row in rows if all(v is not None and math.isfinite(v) for v in row)]
    total = draw.one([*sums, 3, 0, 1.5])
    return {**given, "sum_total": int(total) if float(total).is_integer() and draw.often(0.7) else total}


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


def z_scores(draw: Draw) -> Arguments:
    """A threshold of standard deviations from the mean."""
    double = {"double_sided": draw.often(0.5)}
    return {
        "column": draw.column(NUMBERS),
        "threshold": draw.one([0, 0.5, 1, 1.5, 2, 3]),
        **double,
        **draw.rows(),
    }


def outliers(draw: Draw) -> Arguments:
    """A method, and how far is too far."""
    given: Arguments = {"method": draw.one(["iqr", "std"])} if draw.often(0.7) else {}
    if draw.often(0.6):
        given["multiplier"] = draw.one([0.5, 1, 1.5, 3, 0])
    return {"column": draw.column(NUMBERS), **given, **draw.rows()}


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


GENERATORS: Mapping[str, Callable[[Draw], Arguments]] = {
    "column_distinct_values_to_be_in_set": value_set,
    "column_distinct_values_to_contain_set": value_set,
    "column_distinct_values_to_equal_set": value_set,
    "column_max_to_be_between": extreme,
    "column_mean_to_be_between": statistic,
    "column_median_to_be_between": statistic,
    "column_min_to_be_between": extreme,
    "column_most_common_value_to_be_in_set": most_common,
    "column_pair_values_a_to_be_greater_than_b": pair_greater,
    "column_pair_values_to_be_equal": pair,
    "column_pair_values_to_be_in_set": pair_in_set,
    "column_proportion_of_non_null_values_to_be_between": proportion,
    "column_proportion_of_unique_values_to_be_between": proportion,
    "column_quantile_values_to_be_between": quantiles,
    "column_stdev_to_be_between": statistic,
    "column_sum_to_be_between": statistic,
    "column_to_exist": column_exists,
    "column_type_to_be": of_type,
    "column_unique_value_count_to_be_between": distinct_count,
    "column_value_lengths_to_be_between": lengths,
    "column_value_lengths_to_equal": _with("value", (0, 1, 2, 3)),
    "column_value_z_scores_to_be_less_than": z_scores,
    "column_values_to_be_between": between,
    "column_values_to_be_in_set": in_set,
    "column_values_to_be_in_type_list": in_type_list,
    "column_values_to_be_null": column_only,
    "column_values_to_be_of_type": of_type,
    "column_values_to_be_unique": column_only,
    "column_values_to_match_regex": _with("regex", REGEXES),
    "column_values_to_match_regex_list": _with_list("regex_list", REGEXES, match_on=("any", "all")),
    "column_values_to_not_be_in_set": in_set,
    "column_values_to_not_be_null": column_only,
    "column_values_to_not_be_outliers": outliers,
    "column_values_to_not_match_regex": _with("regex", REGEXES),
    "column_values_to_not_match_regex_list": _with_list("regex_list", REGEXES),
    "compound_columns_to_be_unique": compound,
    "multicolumn_sum_to_equal": sum_of,
    "multicolumn_values_to_be_equal": several,
    "select_column_values_to_be_unique_within_record": several,
    "table_column_count_to_be_between": column_count,
    "table_column_count_to_equal": lambda draw: {"value": len(ARROW.names) + draw.one([0, 0, 1])},
    "table_columns_to_match_ordered_list": column_list,
    "table_columns_to_match_set": column_set,
    "table_row_count_to_be_between": row_count,
    "table_row_count_to_equal": row_count_equal,
}
"""By type. A type of the catalogue that Great Expectations has and that is not here fails the test."""
