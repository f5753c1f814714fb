"""Arguments of rules about rows: values of a column, of pairs, of several columns."""

import math
from collections.abc import Callable

from tests.gx.draw import NUMBERS, ORDERED, Arguments, Draw

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


def one_of(
    name: str, choices: tuple[object, ...], **options: tuple[object, ...]
) -> Callable[[Draw], Arguments]:
    """A column, one of the choices, and now and then further options."""

    def draw_them(draw: Draw) -> Arguments:
        given = {option: draw.one(values) for option, values in options.items() if draw.often(0.5)}
        return {"column": draw.column(), name: draw.one(choices), **given, **draw.rows()}

    return draw_them


def some_of(
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
