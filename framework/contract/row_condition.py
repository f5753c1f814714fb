"""A row condition as Great Expectations 1.x writes it, as one Spark SQL predicate.

Up to 1.8 it is a text beside a `condition_parser`, from 1.9 on a document (`row_conditions.py` of
Great Expectations 1.24): comparisons, null tests, `and`, `or`, and texts that go to the engine as they are.
"""

import math
import re
from collections.abc import Mapping

from framework.contract.datatype import identifier, text_literal

_OPERATORS = ("==", "!=", "<", "<=", ">", ">=")
_SETS = {"IN": "IN", "NOT_IN": "NOT IN"}
_TEXT = re.compile(
    r"""\s* col\("(?P<column>[^"\n]+)"\) \s*
    (?: (?P<present> \.(?i:notnull)\(\) )
      | (?P<operator> ==|!=|<=|>=|<|> ) \s*
        (?: (?P<number> [+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)? )
          | (?P<date> date\s*\(\s* )? (?: "(?P<double>[^"']+)" | '(?P<single>[^"']+)' ) (?(date) \s*\) )
        )
    ) \s*""",
    re.VERBOSE,
)
"""The grammar of `condition_parser="great_expectations"` (`legacy_row_conditions.py`)."""
_OWN_GRAMMAR = frozenset({"great_expectations", "great_expectations__experimental__"})
_DEPTH = 20


def parse_row_condition(given: object, parser: object = None) -> str:
    """The predicate that keeps the same rows.

    ValueError says what cannot be taken over: a condition written for pandas, an unknown document.
    """
    if parser is not None and parser != "spark" and parser not in _OWN_GRAMMAR:
        raise ValueError(f"condition_parser {parser!r} is not Spark's")
    if isinstance(given, str):
        return _own_grammar(given) if parser in _OWN_GRAMMAR else given
    return _document(given, 0)


def _document(given: object, depth: int) -> str:
    if not isinstance(given, Mapping) or depth > _DEPTH:
        raise ValueError("it is no condition")
    match given.get("type"):
        case "pass_through" if isinstance(given.get("pass_through_filter"), str):
            return str(given["pass_through_filter"])
        case "nullity" if isinstance(given.get("is_null"), bool):
            return f"{_column(given)} IS {'' if given['is_null'] else 'NOT '}NULL"
        case "comparison":
            return _comparison(_column(given), given.get("operator"), given.get("parameter"))
        case "and" | "or" as kind if isinstance(parts := given.get("conditions"), list) and parts:
            return f"({f' {kind.upper()} '.join(_document(part, depth + 1) for part in parts)})"
        case kind:
            raise ValueError(f"a condition of type {kind!r} is not known, or is not whole")


def _column(given: Mapping[object, object]) -> str:
    column = given.get("column")
    name = column.get("name") if isinstance(column, Mapping) else column
    if not isinstance(name, str) or not name:
        raise ValueError("a condition names no column")
    return identifier(name)


def _comparison(column: str, operator: object, parameter: object) -> str:
    if operator in _SETS and isinstance(parameter, list):
        if not parameter:
            raise ValueError(f"{operator} has no values")
        return f"{column} {_SETS[str(operator)]} ({', '.join(map(_literal, parameter))})"
    if operator in _OPERATORS and not isinstance(parameter, list):
        return f"{column} {operator} {_literal(parameter)}"
    raise ValueError(f"the operator {operator!r} is not known for this value")


def _own_grammar(text: str) -> str:
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError('it is not like col("x") > 5 or col("x").notNull()')
    column = identifier(match["column"])
    if match["present"]:
        return f"{column} IS NOT NULL"
    value = match["number"] or text_literal(match["double"] or match["single"])
    return f"{column} {match['operator']} {value}"


def _literal(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float() if not math.isfinite(value):
            return f"double('{value!r}')"
        case int() | float():
            return repr(value)
        case str():
            return text_literal(value)
        case _:
            raise ValueError(f"{value!r} is no value to compare with")
