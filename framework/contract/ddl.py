"""Spark's column DDL, read without Spark (grammar: SqlBaseParser.g4, `colTypeList` and `dataType`)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from framework.contract.datatype import NAMES, Array, DataType, Decimal, Map, Primitive, Struct

_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<word>\w+)
    |(?P<name>`(?:[^`]|``)+`)
    |(?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
    |(?P<mark>[<>,():])
    |(?P<other>\S)""",
    re.VERBOSE | re.DOTALL,
)
_ALIASES = {
    "bool": "boolean",
    "byte": "tinyint",
    "short": "smallint",
    "integer": "int",
    "long": "bigint",
    "real": "float",
    "timestamp_ltz": "timestamp",
}
_DECIMALS = frozenset({"decimal", "dec", "numeric"})
_REFUSED = {
    "varchar": "write STRING, and expect.column_values_to_match_regex for a length",
    "char": "write STRING: CHAR pads with blanks",
    "character": "write STRING: CHAR pads with blanks",
    "interval": "write BIGINT and say the unit in the column's name",
    "variant": "write STRING with JSON text, or STRUCT",
    "void": "write the type that the column will have",
    "datetime": "write TIMESTAMP or TIMESTAMP_NTZ",
    "text": "write STRING",
    "uuid": "write STRING",
    "json": "write STRING, or STRUCT",
    "time": "write STRING, or TIMESTAMP_NTZ",
}
_MAX_PRECISION = 38


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One column of a DDL text; `type` None when it could not be read (`type_text` has it)."""

    name: str
    type: DataType | None
    type_text: str
    nullable: bool = True
    comment: str | None = None


class DdlError(ValueError):
    """What is wrong with a DDL text, in words that a fault can use."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    def __str__(self) -> str:
        return f'"{self.text}"' if self.kind != "end" else "the end"


_END = _Token("end", "")


def parse_ddl(text: str) -> tuple[tuple[Definition, ...], tuple[str, ...]]:
    """The columns of `text`, and what is wrong with it; one bad column does not hide the others."""
    columns: list[Definition] = []
    faults: list[str] = []
    if not text.strip():
        return (), ("the schema is empty",)
    for piece in _pieces(text):
        parser = _Parser(piece)
        try:
            name = parser.name("a column's name")
        except DdlError as error:
            faults.append(str(error))
            continue
        rest = list(parser.rest())
        try:
            type_ = parser.type()
        except DdlError as error:
            faults.append(f'column "{name}": {error}')
            columns.append(Definition(name=name, type=None, type_text=_joined(rest)))
            continue
        nullable, comment = True, None
        try:
            nullable, comment = parser.options()
        except DdlError as error:
            faults.append(f'column "{name}": {error}')
        columns.append(Definition(name=name, type=type_, type_text="", nullable=nullable, comment=comment))
    return tuple(columns), tuple(faults)


@lru_cache(maxsize=1024)
def parse_type(text: str) -> DataType:
    """The type that `text` names, aliases resolved. Raises `DdlError`."""
    parser = _Parser(list(_tokens(text)))
    type_ = parser.type()
    parser.end()
    return type_


class _Parser:
    """Recursive descent over the tokens of one column."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def rest(self) -> Iterator[_Token]:
        return iter(self._tokens[self._at :])

    def name(self, what: str) -> str:
        token = self._next()
        if token.kind == "name":
            return token.text[1:-1].replace("``", "`")
        if token.kind == "word":
            following = self._peek()
            if following.kind == "other":
                raise DdlError(f'"{token.text}{following.text}…" is no plain name; put it in backticks')
            return token.text
        raise DdlError(f"expected {what}, found {token}")

    def type(self) -> DataType:
        token = self._next()
        if token.kind != "word":
            raise DdlError(f"expected a type, found {token}")
        word = token.text.lower()
        word = _ALIASES.get(word, word)
        if word in NAMES:
            return Primitive(word)
        if word in _DECIMALS:
            return self._decimal()
        if word == "array":
            self._expect("<")
            element = self.type()
            self._expect(">")
            return Array(element)
        if word == "map":
            self._expect("<")
            key = self.type()
            self._expect(",")
            value = self.type()
            self._expect(">")
            return Map(key, value)
        if word == "struct":
            return self._struct()
        if word in _REFUSED:
            raise DdlError(f"the type {token.text.upper()} is not supported; {_REFUSED[word]}")
        raise DdlError(f'unknown type "{token.text}"')

    def options(self) -> tuple[bool, str | None]:
        nullable, comment = True, None
        while (token := self._next()) is not _END:
            word = token.text.lower()
            if word == "not" and self._peek().text.lower() == "null":
                self._next()
                nullable = False
            elif word == "comment" and self._peek().kind == "text":
                comment = _unquoted(self._next().text)
            else:
                raise DdlError(f"expected NOT NULL, COMMENT '…' or a comma, found {token}")
        return nullable, comment

    def end(self) -> None:
        if (token := self._next()) is not _END:
            raise DdlError(f"expected the end of the type, found {token}")

    def _decimal(self) -> Decimal:
        precision, scale = 10, 0
        if self._take("("):
            precision = self._number()
            if self._take(","):
                scale = self._number()
            self._expect(")")
        if not 1 <= precision <= _MAX_PRECISION or scale > precision:
            raise DdlError(
                f"DECIMAL({precision},{scale}) is not possible; "
                "the precision is 1 to 38 and the scale at most the precision"
            )
        return Decimal(precision, scale)

    def _struct(self) -> Struct:
        self._expect("<")
        fields: list[tuple[str, DataType]] = []
        while not self._take(">"):
            if fields:
                self._expect(",")
            name = self.name("a field's name")
            self._take(":")
            if name.lower() in {known.lower() for known, _ in fields}:
                raise DdlError(f'the field "{name}" is there twice')
            fields.append((name, self.type()))
            if self._peek().text.lower() == "not":
                raise DdlError(
                    f'NOT NULL on the nested field "{name}" is not supported; only columns are checked'
                )
            if self._peek().text.lower() == "comment":
                self._next()
                self._next()
        return Struct(tuple(fields))

    def _number(self) -> int:
        token = self._next()
        if not token.text.isdecimal():
            raise DdlError(f"expected a number, found {token}")
        return int(token.text)

    def _expect(self, mark: str) -> None:
        if (token := self._next()).text != mark:
            raise DdlError(f'expected "{mark}", found {token}')

    def _take(self, mark: str) -> bool:
        if self._peek().text != mark:
            return False
        self._at += 1
        return True

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        assert match.lastgroup is not None
        if match.lastgroup != "skip":
            yield _Token(match.lastgroup, match[0])


def _pieces(text: str) -> Iterator[list[_Token]]:
    """The tokens between the commas that stand outside every bracket."""
    piece: list[_Token] = []
    depth = 0
    for token in _tokens(text):
        if token.kind == "mark":
            depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(token.text, 0)
        if token.text == "," and depth <= 0:
            yield piece
            piece = []
        else:
            piece.append(token)
    yield piece


def _joined(tokens: list[_Token]) -> str:
    return " ".join(token.text for token in tokens)


def _unquoted(literal: str) -> str:
    quote, inner = literal[0], literal[1:-1]
    return re.sub(r"\\(.)", r"\1", inner.replace(quote * 2, quote), flags=re.DOTALL)
