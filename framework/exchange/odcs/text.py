"""A data contract's document as YAML that readers of YAML 1.1 and 1.2 understand alike."""

import re
from collections.abc import Mapping
from io import StringIO

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[ ./-][A-Za-z0-9_]+)*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"})
"""What YAML 1.1 takes for something else than text."""
_WIDEST = 1_000_000


def render_yaml(document: Mapping[str, object]) -> str:
    """Block style, in the order given. Texts are quoted unless every reader takes them for text."""
    yaml = YAML()
    yaml.width = _WIDEST
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    yaml.dump(_quoted(document), stream)
    return stream.getvalue()


def _quoted(value: object) -> object:
    match value:
        case Mapping():
            return {_quoted(name): _quoted(each) for name, each in value.items()}
        case list() | tuple():
            return [_quoted(each) for each in value]
        case str() if _is_block(value):
            return LiteralScalarString(value)
        case str() if not _PLAIN.fullmatch(value) or value.lower() in _WORDS:
            return DoubleQuotedScalarString(value)
        case _:
            return value


def _is_block(text: str) -> bool:
    """Several lines that a literal block keeps as they are."""
    lines = text.removesuffix("\n").split("\n")
    kept = all(line.isprintable() and line == line.rstrip() for line in lines)
    return "\n" in text and kept and bool(lines[-1]) and bool(lines[0]) and not lines[0].startswith(" ")
