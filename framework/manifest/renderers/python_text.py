"""Values as Python source, and texts that a template engine is to leave alone."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Plain: TypeAlias = "str | int | Sequence[Plain] | Mapping[str, Plain] | Mapping[int, Plain]"
_TEMPLATE = ("{{", "{%", "{#")


def literal(value: Plain, indent: int = 0) -> str:
    """The value as Python source: whatever a text holds, it stays one text. ASCII only."""
    if isinstance(value, str):
        # Double quotes where they can be, as formatters have them.
        shown = ascii(value)
        return f'"{shown[1:-1]}"' if shown[0] == "'" and '"' not in shown and "\\'" not in shown else shown
    if isinstance(value, int):
        return repr(value)
    inner = " " * (indent + 4)
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        lines = [f"{inner}{literal(k)}: {literal(v, indent + 4)}," for k, v in value.items()]
        return "\n".join(["{", *lines, " " * indent + "}"])
    return f"[{', '.join(literal(item) for item in value)}]"


def call(function: str, *positional: str, **named: str) -> str:
    """A call with texts as arguments."""
    shown = [*map(literal, positional), *(f"{name}={literal(value)}" for name, value in named.items())]
    return f"{function}({', '.join(shown)})"


def unrendered(text: str) -> str:
    """`text` so that Jinja gives it back as it is."""
    if not any(mark in text for mark in _TEMPLATE):
        return text
    quoted = "".join(f"\\x{ord(c):02x}" if c in "{}%#'\\" else c for c in text)
    return f"{{{{ '{quoted}' }}}}"
