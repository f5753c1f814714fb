"""What is wrong with an argument by itself: each kind has a check."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from string import Formatter

from framework.contract.argument import family_of, parse_argument
from framework.contract.ddl import DdlError, parse_type
from framework.contract.numbers import CHECKS as NUMBERS
from framework.contract.patterns import CHECKS as PATTERNS
from framework.contract.rule import Kind, Parameter, Rule
from framework.contract.schema import Column
from framework.contract.sparktypes import SPARK_TYPES, spark_type
from framework.contract.suggest import close_to
from framework.contract.window import REACH_HINT, is_reach

Found = Iterator[tuple[str, str | None]]
"""What is wrong, and a hint."""
_MOMENT = datetime(2013, 1, 3, 4, 5, 6, tzinfo=UTC)
_BATCH = "batch"
_IS_QUERY = re.compile(r"[\s(]*(?:SELECT|WITH|FROM)\b", re.IGNORECASE)


def takes(rule: Rule, column: Column) -> bool:
    """Whether the rule can look at a column of this type."""
    if rule.families is None:
        return True
    datatype = column.datatype
    return datatype is not None and family_of(datatype) in rule.families


def fits(name: str, value: object, rule: Rule, column: Column | None) -> Found:
    """Whether the argument of that name is a value that the column is compared with."""
    if column is None or column.datatype is None or not takes(rule, column):
        return
    try:
        parse_argument(value, column.datatype)
    except ValueError as error:
        yield (
            f'{name}: {value!r} does not fit column "{column.name}" of type {column.type.upper()}',
            f"Write {error}",
        )


def _bound(parameter: Parameter, value: object, rule: Rule, column: Column | None) -> Found:
    yield from fits(parameter.name, value, rule, column)


def _set(parameter: Parameter, value: object, rule: Rule, column: Column | None) -> Found:
    if not isinstance(value, tuple):
        yield f"{parameter.name}={value!r} is no list of values", None
        return
    for element in value:
        yield from fits(parameter.name, element, rule, column)


def _count(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        yield f"{parameter.name}={value!r} is no whole number from 0", None


def _flag(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    if not isinstance(value, bool):
        yield f"{parameter.name}={value!r} is neither True nor False", None


def _text(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    if not isinstance(value, str):
        yield f"{parameter.name}={value!r} is no text", None


def _texts(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    if not isinstance(value, tuple) or not all(isinstance(element, str) for element in value):
        yield f"{parameter.name}={value!r} is no list of texts", None


def _choice(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    if value not in parameter.choices:
        yield f"{parameter.name}={value!r} is not possible", f"One of {', '.join(parameter.choices)}"


def _type(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    if not isinstance(value, str) or value not in SPARK_TYPES:
        hint = "A class of pyspark.sql.types, like StringType, LongType or DecimalType"
        near = _class_of(str(value)) or close_to(f"{value}Type", SPARK_TYPES)
        yield f"{parameter.name}={value!r} is no type of Spark's", " ".join(filter(None, (near, hint)))


def _class_of(text: str) -> str | None:
    """A did-you-mean for a type as SQL has it: INT is IntegerType."""
    try:
        return f'did you mean "{spark_type(parse_type(text))}"?'
    except DdlError:
        return None


def _types(parameter: Parameter, value: object, rule: Rule, column: Column | None) -> Found:
    """As in Great Expectations, a list may name other engines' types beside Spark's."""
    if not isinstance(value, tuple) or not all(isinstance(element, str) for element in value):
        yield f"{parameter.name}={value!r} is no list of types", None
    elif not SPARK_TYPES.intersection(map(str, value)):
        if value:
            yield from _type(parameter, value[0], rule, column)
        else:
            yield f"{parameter.name} names no type", None


def _reach(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    if not is_reach(value):
        yield f"{parameter.name}={value!r} is no stretch of time", REACH_HINT


def _json(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    try:
        found = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        yield f"{parameter.name} is no JSON document", "A mapping of texts to values, or its JSON text"


def _strftime(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    """A format in which a time is written and read again, as Great Expectations tries it."""
    if not isinstance(value, str):
        yield f"{parameter.name}={value!r} is no text", None
        return
    try:
        datetime.strptime(_MOMENT.strftime(value), value)  # noqa: DTZ007  # it is thrown away
    except ValueError as error:
        hint = "Directives are those of Python's datetime.strptime, like %Y-%m-%d"
        yield f"{parameter.name}={value!r} is no format that times are read in: {error}", hint


def _query(parameter: Parameter, value: object, _rule: Rule, _column: Column | None) -> Found:
    """A query with `{batch}` for the rows. Other braces are written twice, as `str.format` has it."""
    if not isinstance(value, str):
        yield f"{parameter.name}={value!r} is no text", None
        return
    try:
        fields = {name for _, name, _, _ in Formatter().parse(value) if name is not None}
    except ValueError as error:
        yield f"{parameter.name}: {error}", "Braces that are text are written twice: {{ and }}"
        return
    for name in sorted(fields - {_BATCH}):
        yield f"{parameter.name}: {{{name}}} stands for nothing", "Braces that are text are written twice"
    if _BATCH not in fields:
        yield f"{parameter.name} does not look at {{{_BATCH}}}", "Like SELECT * FROM {batch} WHERE x < 0"
    if not _IS_QUERY.match(value):
        yield f"{parameter.name} is no query: it begins with none of SELECT, WITH, FROM", None


CHECKS: Mapping[Kind, Callable[[Parameter, object, Rule, Column | None], Found]] = {
    "bound": _bound,
    "set": _set,
    "count": _count,
    "flag": _flag,
    "text": _text,
    "input": _text,
    "texts": _texts,
    "choice": _choice,
    "type": _type,
    "types": _types,
    "reach": _reach,
    "json": _json,
    "strftime": _strftime,
    "query": _query,
    **PATTERNS,
    **NUMBERS,
}
"""What is wrong with an argument of each of these kinds, with a hint; `column`: the rule's one column."""
