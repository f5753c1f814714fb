"""The JSON text of a suite as values, and the line where each of its expectations begins."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

_BLANK = re.compile(r"[ \t\n\r]*")
_LIST = "expectations"


class SuiteTextError(ValueError):
    """The text is no JSON object, or says something twice; `line` counts from 1."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.line = line


@dataclass(frozen=True, kw_only=True)
class SuiteText:
    """The members of a suite's file, and its expectations, each with its line; None: it has no such list."""

    members: Mapping[str, object]
    expectations: tuple[tuple[int, object], ...] | None


def parse_suite_text(text: str) -> SuiteText:
    """Raises `SuiteTextError` at the first place that is no JSON, or where a key comes twice.

    Python's own scanner reads the values, so that a suite of thousands of expectations is quick.
    """
    reader = _Reader(text)
    try:
        return reader.suite()
    except json.JSONDecodeError as error:
        raise SuiteTextError(f"not JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise SuiteTextError("nested too deeply", reader.line) from None
    except ValueError as error:
        raise SuiteTextError(f"not JSON: {error}", reader.line) from None


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted = 0
        self._line = 1
        self._scan = json.JSONDecoder(object_pairs_hook=_once).raw_decode
        self._skip()

    @property
    def line(self) -> int:
        """The line of what is read next."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def suite(self) -> SuiteText:
        pairs: list[tuple[str, object]] = []
        listed: tuple[tuple[int, object], ...] | None = None
        self._expect("{")
        while not self._take("}"):
            if pairs:
                self._expect(",")
            name = self._value()
            if not isinstance(name, str):
                raise self._error("Expecting property name enclosed in double quotes")
            self._expect(":")
            if name == _LIST and self._take("["):
                listed = self._items()
                pairs.append((name, None))
            else:
                pairs.append((name, self._value()))
        if self._at < len(self._text):
            raise self._error("Extra data")
        return SuiteText(members=_once(pairs), expectations=listed)

    def _items(self) -> tuple[tuple[int, object], ...]:
        found: list[tuple[int, object]] = []
        while not self._take("]"):
            if found:
                self._expect(",")
            found.append((self.line, self._value()))
        return tuple(found)

    def _value(self) -> object:
        value, self._at = self._scan(self._text, self._at)
        self._skip()
        return value

    def _take(self, mark: str) -> bool:
        if not self._text.startswith(mark, self._at):
            return False
        self._at += 1
        self._skip()
        return True

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise self._error(f"Expecting '{mark}'")

    def _error(self, what: str) -> json.JSONDecodeError:
        return json.JSONDecodeError(what, self._text, self._at)

    def _skip(self) -> None:
        match = _BLANK.match(self._text, self._at)
        assert match is not None
        self._at = match.end()


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        name = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'the key "{name}" is there twice')
    return found
