"""Expectations as Python that can be pasted into a job file."""

from collections.abc import Iterable

from framework.checks.suggest import Suggestion
from framework.contract.types import ArgumentValue, Expectation
from framework.present.literal import quote

_WIDTH = 100
_GROUPED = 10_000
"""From here numbers have underscores."""


def render_suggestions(suggestions: Iterable[Suggestion]) -> str:
    """A list for `expectations=`, what speaks for each as a comment above it where there is something."""
    lines = ["expectations=["]
    for suggestion in suggestions:
        if suggestion.reason:
            lines.append(f"    # {suggestion.reason}")
        lines += (f"    {line}" for line in _expectation(suggestion.expectation))
    return "\n".join([*lines, "],"])


def _expectation(rule: Expectation) -> list[str]:
    arguments = [
        _value(value) if name == "column" else f"{name}={_value(value)}"
        for name, value in rule.arguments.items()
    ]
    if rule.mostly != 1:
        arguments.append(f"mostly={rule.mostly!r}")
    if rule.severity != "critical":
        arguments.append(f'severity="{rule.severity}"')
    line = f"expect.{rule.type}({', '.join(arguments)}),"
    if len(line) <= _WIDTH:
        return [line]
    return [f"expect.{rule.type}(", *(f"    {argument}," for argument in arguments), "),"]


def _value(value: ArgumentValue) -> str:
    match value:
        case str():
            return quote(value)
        case bool() | None:
            return str(value)
        case int():
            return f"{value:_}" if abs(value) >= _GROUPED else str(value)
        case float():
            return repr(value)
        case tuple():
            return f"[{', '.join(map(_value, value))}]"
