"""What is wrong with the text of a condition, as far as that is seen without Spark."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from framework.contract.datatype import Primitive
from framework.contract.row_condition import parse_row_condition
from framework.contract.schema import Schema
from framework.contract.suggest import suggest

_TOKEN = re.compile(
    r"""
      (?P<space>   \s+ )
    | (?P<comment> --|/\* )
    | (?P<text>    [rR](?:'[^']*'|"[^"]*") | '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" )
    | (?P<quoted>  `(?:[^`]|``)*` )
    | (?P<number>  (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\w* )
    | (?P<word>    [^\W\d]\w* )
    | (?P<open>    [(\[] )
    | (?P<close>   [)\]] )
    | (?P<broken>  ['"`] )
    | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
"""Spark's lexer where it matters here (SqlBaseLexer.g4): what is a text, what is a name."""
_PAIRS = {")": "(", "]": "["}
_NO_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
        all and any array as at between bigint binary boolean both byte by case cast collate cross date
        day dayofyear days decimal default distinct div double else end escape exists extract false
        filter float following for from hour hours ilike in int integer interval is leading like long
        map microsecond microseconds millisecond milliseconds minute minutes month months nanosecond not
        null nulls numeric of on or over placing preceding quarter real regexp rlike row rows second
        seconds short similar smallint some string struct substring then time timestamp timestamp_ltz
        timestamp_ntz tinyint to trailing true unknown variant week weeks when where with year years
        zone current_date current_time current_timestamp current_user localtime localtimestamp user
        session_user
        """,
    )
)
"""Words that stand in predicates and are no columns, whatever they look like."""
_COMPARED = frozenset("=<>!+*/%|&^-") | {"is", "not", "in", "between", "like", "ilike", "rlike", "regexp"}
"""What stands behind a value."""
_OPERATORS = frozenset("=<>!+/%|&^-")
_TRUTHS = frozenset(
    {
        *"=<>!",
        "is",
        "not",
        "in",
        "between",
        "like",
        "ilike",
        "rlike",
        "regexp",
        "exists",
        "true",
        "false",
        "null",
    }
)
"""What makes an expression a predicate, or may."""
_NUMERIC = frozenset({*"+-*/%|&^~", "div"})
"""Operators whose result is no truth value."""
_QUERIES = frozenset({"select", "from", "table", "values", "with", "map", "reduce"})
"""How a query may begin, wherever a bracket may stand."""
_JOINED = frozenset({"and", "or"})
_NO_VALUE = frozenset({"as", "collate", "interval"})
"""What stands before a name that is none."""


class _Token(NamedTuple):
    kind: str
    text: str


def find_condition_faults(condition: object, schema: Schema) -> Iterator[tuple[str, str | None]]:
    """What is wrong, with a hint: a text that is not one predicate, names that are no columns.

    A condition stands in brackets inside of other expressions, so it may not end them: quotes and
    brackets are balanced, there is no comment and no `;`. It looks at one row, so there is no query.
    A name without backticks may be anything Spark knows; what is nearly a column is named, and what is
    compared as only a column is. What surely is no truth value is named too.
    """
    if not isinstance(condition, str) or not condition.strip():
        yield f"{condition!r} is no condition", "A Spark SQL predicate, like \"carrier = 'UA'\""
        return
    if "${" in condition:
        yield 'a condition may not contain "${"', "Spark replaces it by a setting before it reads the text"
    tokens = [
        _Token(str(match.lastgroup), match.group())
        for match in _TOKEN.finditer(condition)
        if match.lastgroup != "space"
    ]
    found = list(_shape(tokens)) or list(_foreign(condition, tokens, schema))
    found = found or list(_names(tokens, schema))
    yield from found or _untrue(tokens, schema)


def find_names(predicate: str) -> tuple[frozenset[str], frozenset[str]]:
    """Names in a predicate, in lower case: the columns, keywords among them; those before a bracket."""
    matches = [match for match in _TOKEN.finditer(predicate) if match.lastgroup != "space"]
    tokens = [_Token(str(match.lastgroup), match.group()) for match in matches]
    named: set[str] = set()
    called: set[str] = set()
    for token, after in zip(tokens, [*tokens[1:], _Token("", "")], strict=True):
        if token.kind in ("word", "quoted"):
            quoted = token.kind == "quoted"
            name = token.text[1:-1].replace("``", "`") if quoted else token.text
            (called if after.text == "(" else named).add(name.lower())
    return frozenset(named), frozenset(called)


def _shape(tokens: list[_Token]) -> Iterator[tuple[str, str | None]]:
    opened: list[str] = []
    for token in tokens:
        if token.kind == "comment":
            yield f'a condition may not have a comment: "{token.text}"', None
            return
        if token.kind == "broken":
            yield f"a quote is not closed in the condition: {token.text}", None
            return
        if token.text == ";":
            yield 'a condition may not contain ";"', "It is one predicate"
        if token.kind == "word" and token.text.lower() == "select":
            yield "a condition looks at one row: SELECT is not possible", None
            return
        if token.kind == "open":
            opened.append(token.text)
        if token.kind == "close" and (not opened or opened.pop() != _PAIRS[token.text]):
            yield f'"{token.text}" closes nothing in the condition', None
            return
    if opened:
        yield f'"{opened[-1]}" is not closed in the condition', None
    elif tokens[-1].text in _OPERATORS:
        yield f'nothing stands behind the "{tokens[-1].text}" that ends the condition', None


def _foreign(condition: str, tokens: list[_Token], schema: Schema) -> Iterator[tuple[str, str | None]]:
    """Queries in forms without SELECT, and Great Expectations' own grammar."""
    edge = _Token("", "")
    known = {name.lower() for name in schema.names}
    for before, token, after in zip(tokens, tokens[1:], [*tokens[2:], edge], strict=False):
        word = token.text.lower()
        if before.text == "(" and token.kind == "word" and word in _QUERIES:
            follows = after.text.lower()
            is_value = word in known and follows in _COMPARED | _JOINED
            if after.kind in ("word", "quoted", "number", "text", "open") and not (
                is_value or (follows == "(" and word not in ("values", "from"))
            ):
                yield f"a condition looks at one row: a query ({token.text} …) is not possible", None
    if any(one.text == "col" and two.text == "(" for one, two in pairwise(tokens)):
        try:
            hint = f'Write it as Spark SQL: "{parse_row_condition(condition, "great_expectations")}"'
        except ValueError:
            hint = 'Write the column\'s name as Spark SQL has it, like "x > 3"'
        yield f"{condition!r} is in Great Expectations' own grammar", hint


def _untrue(tokens: list[_Token], schema: Schema) -> Iterator[tuple[str, str | None]]:
    """Parts of the predicate that are surely no truth values; what is not known is left to Spark."""
    outer = list(_outer(tokens))
    words = [token.text.lower() for token in outer]
    if "case" in words or "->" in "".join(words) or "::" in "".join(words):
        return
    if "between" not in words and _JOINED.intersection(words):
        part: list[_Token] = []
        depth = 0
        for token in [*tokens, _Token("word", "and")]:
            depth += (token.kind == "open") - (token.kind == "close")
            if not depth and token.kind == "word" and token.text.lower() in _JOINED:
                yield from _untrue(part, schema)
                part = []
            else:
                part.append(token)
        return
    if len(tokens) > 2 and tokens[0].text == "(" and len(outer) == 2:  # noqa: PLR2004  # a pair of brackets
        yield from _untrue(tokens[1:-1], schema)
    elif words and words[0] == "not" and len(tokens) > 1 and not _TRUTHS.intersection(words[1:]):
        yield from _untrue(tokens[1:], schema)
    elif not _TRUTHS.intersection(words) and (
        _NUMERIC.intersection(words) or (len(tokens) == 1 and _is_no_truth(tokens[0], schema))
    ):
        shown = " ".join(token.text for token in tokens)
        yield f'"{shown}" in the condition is not true or false', "Compare it, like x > 1"


def _outer(tokens: list[_Token]) -> Iterator[_Token]:
    """The tokens that stand in no brackets, and the brackets around the others."""
    depth = 0
    for token in tokens:
        depth -= token.kind == "close"
        if not depth:
            yield token
        depth += token.kind == "open"


def _is_no_truth(token: _Token, schema: Schema) -> bool:
    if token.kind in ("number", "text"):
        return True
    name = token.text[1:-1].replace("``", "`") if token.kind == "quoted" else token.text
    column = next((each for each in schema.columns if each.name.lower() == name.lower()), None)
    return column is not None and column.datatype not in (None, Primitive("boolean"))


def _names(tokens: list[_Token], schema: Schema) -> Iterator[tuple[str, str | None]]:
    known = {name.lower() for name in schema.names}
    bound = {each.text.lower() for each, arrow in pairwise(tokens) if arrow.text == "-"}
    names_others = any(one.text + two.text in ("->", "=>") for one, two in pairwise(tokens))
    edge = _Token("", "")
    for before, token, after in zip([edge, *tokens], tokens, [*tokens[1:], edge], strict=False):
        if token.kind not in ("word", "quoted") or before.text in (".", ":") or after.text == "(":
            continue
        name = token.text[1:-1].replace("``", "`") if token.kind == "quoted" else token.text
        if name.lower() in known or (token.kind == "word" and name.lower() in _NO_NAMES | bound):
            continue
        hint = suggest(name, schema.names, kind="Columns") or ""
        is_value = after.text.lower() in _COMPARED and before.text.lower() not in _NO_VALUE
        if token.kind == "quoted" or (is_value and not names_others) or hint.startswith("did you mean"):
            yield f'condition on a column that the schema does not have: "{name}"', hint
