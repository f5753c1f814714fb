"""Reads YAML 1.2 as a tree that knows its lines, and refuses what surprises people in YAML.

Aliases, anchors, tags, directives, tabs, duplicate keys and numbers like `012` are faults. Plain
words are resolved by YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema): `on`,
`yes`, `1:30` and `2013-01-03` are text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, Union

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from framework.contract.types import Scalar
from framework.errors import Fault, Where

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16

Content = Union[Mapping[str, "Node"], Sequence["Node"], Scalar]  # noqa: UP007 - names Node before it is

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")


@dataclass(frozen=True)
class Node:
    """A value and the line where it, or its key, stands: a map or a list of nodes, or a scalar."""

    value: Content
    where: Where


class _Stop(Exception):  # noqa: N818 - no error: the fault is noted, reading on makes no sense
    """The rest of the file cannot be read."""


def parse_yaml(text: str, file: str) -> tuple[Node | None, tuple[Fault, ...]]:
    """The document in `text` and everything that is wrong with it; None when there is no map.

    `file` is the path that faults show.
    """
    reader = _Reader(file)
    try:
        if len(text.encode(errors="replace")) > MAX_BYTES:
            reader.stop(f"the file is larger than {MAX_BYTES // 1024} KB", 1)
        root = reader.read(YAML(typ="safe", pure=True).parse(text))
    except _Stop:
        return None, tuple(reader.faults)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        return None, (*reader.faults, _syntax(error, text, Where(file=file, line=line)))
    except YAMLError as error:
        what = str(error).strip().splitlines()[0]
        return None, (*reader.faults, Fault(what=f"not YAML: {what}", where=Where(file=file, line=1)))
    return root, tuple(reader.faults)


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def note(self, what: str, line: int, hint: str | None = None) -> None:
        self.faults.append(Fault(what=what, where=Where(file=self.file, line=line), hint=hint))

    def stop(self, what: str, line: int, hint: str | None = None) -> NoReturn:
        self.note(what, line, hint)
        raise _Stop

    def read(self, events: Iterator[Event]) -> Node | None:
        root: Node | None = None
        for event in events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    self.stop("a second document starts here", _line(event), "keep one document a file")
                if event.version or event.tags:
                    self.note("a YAML directive (%)", _line(event), "remove it: files are YAML 1.2")
            elif isinstance(event, MappingStartEvent):
                root = self.node(event, events, 1)
            elif isinstance(event, ScalarEvent | SequenceStartEvent | AliasEvent):
                empty = isinstance(event, ScalarEvent) and not event.value
                what = "the file is empty" if empty else "the file is not a map of settings"
                self.stop(what, 1 if empty else _line(event), "begin with `version: 1`" if empty else None)
        if root is None:
            self.stop("the file is empty", 1, "begin with `version: 1`, or delete the file")
        return root

    def node(self, event: Event, events: Iterator[Event], depth: int, where: Where | None = None) -> Node:
        line = _line(event)
        where = where or Where(file=self.file, line=line)
        if depth > MAX_DEPTH:
            self.stop(f"nested more than {MAX_DEPTH} levels deep", line)
        if isinstance(event, AliasEvent):
            self.note(f"an alias: *{event.anchor}", line, "write the value out, or use a pattern")
            return Node(None, where)
        assert isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent)
        if event.anchor:
            self.note(f"an anchor: &{event.anchor}", line, "write the value out, or use a pattern")
        if event.tag is not None:
            self.note(f"a tag: {event.tag}", line, "remove it; quote the value if it is text")
        if isinstance(event, MappingStartEvent):
            return Node(self.mapping(events, depth), where)
        if isinstance(event, SequenceStartEvent):
            return Node(self.sequence(events, depth), where)
        return Node(self.scalar(event), where)

    def sequence(self, events: Iterator[Event], depth: int) -> tuple[Node, ...]:
        found = []
        while not isinstance(event := next(events), SequenceEndEvent):
            found.append(self.node(event, events, depth + 1))
        return tuple(found)

    def mapping(self, events: Iterator[Event], depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            where = Where(file=self.file, line=_line(event))
            key = self.node(event, events, depth + 1).value
            value = self.node(next(events), events, depth + 1, where)
            if not isinstance(key, str):
                self.note("a key that is not text", where.line, "put the key in quotes")
            elif key in found:
                first = found[key].where.line
                self.note(f'duplicate key "{key}" (first at line {first})', where.line)
            else:
                found[key] = value
        return found

    def scalar(self, event: ScalarEvent) -> Scalar:
        text: str = event.value
        if not event.implicit[0]:  # quoted or a block: text, whatever it looks like
            return text
        if _LEADING_ZERO.fullmatch(text):
            self.note(
                f"{text} may be read as a decimal or an octal number",
                _line(event),
                f'write "{text}" for the text, {text.lstrip("0") or "0"} for the number',
            )
        return resolve_scalar(text)


def resolve_scalar(text: str) -> Scalar:
    """The value of an unquoted word by YAML 1.2's core schema."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def _line(event: Event) -> int:
    line: int = event.start_mark.line
    return line + 1


def _syntax(error: MarkedYAMLError, text: str, where: Where) -> Fault:
    lines = text.splitlines()
    line = lines[where.line - 1] if where.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in str(error.problem):
        return Fault(what="a tab where blanks are needed", where=where, hint="indent with blanks")
    said = ", ".join(part for part in (error.context, error.problem) if part)
    return Fault(what=f"not YAML: {said}", where=where, hint="check the indentation, colons and quotes")
