"""Outputs and expectations as Python to paste into a job file."""

import math
from collections.abc import Iterator, Sequence

from framework.contract.catalogue import CATALOGUE
from framework.contract.schema import Schema
from framework.contract.types import ArgumentValue, Expectation, Output, Quarantine

_WIDTH = 100
_INDENT = "    "


def render_expectations(expectations: Sequence[Expectation]) -> str:
    """A module with the list `EXPECTATIONS`."""
    lines = ["from framework import expect", "", "EXPECTATIONS = ["]
    lines += _indented(_items(expectations), 1)
    return "\n".join([*lines, "]", ""])


def render_outputs(outputs: Sequence[Output]) -> str:
    """A module with one `Output(…)` a dataset, named after the last part of its name."""
    names = ["Output"]
    names += ["Quarantine"] if any(o.quarantine for o in outputs) else []
    names += ["Schema"] if any(o.schema and any(c.masked for c in o.schema.columns) for o in outputs) else []
    names += ["expect"] if any(o.expectations for o in outputs) else []
    lines = [f"from framework import {', '.join(names)}"]
    for output in outputs:
        lines += ["", f"{_variable(output.dataset)} = Output(", *_indented(_output(output), 1), ")"]
    return "\n".join([*lines, ""])


def render_call(expectation: Expectation) -> str:
    """`expect.<rule>(…)`: what the rule requires by position, the rest by name."""
    rule = CATALOGUE.get(expectation.type)
    required = [] if rule is None else [p.name for p in rule.parameters if p.required]
    mappings = set() if rule is None else {p.name for p in rule.parameters if p.kind == "quantiles"}
    values = {
        name: _mapping(value) if name in mappings else _value(value)
        for name, value in expectation.arguments.items()
    }
    leading = [name for name in required if name in values]
    if leading != required[: len(leading)]:
        leading = []
    parts = [values[name] for name in leading]
    parts += [f"{name}={value}" for name, value in values.items() if name not in leading]
    default = Expectation(type="", arguments={})
    for name in ("mostly", "severity", "on_fail", "scope"):
        if (given := getattr(expectation, name)) != getattr(default, name):
            parts.append(f"{name}={_value(given)}")
    return _call(f"expect.{expectation.type}", parts)


def _output(output: Output) -> Iterator[str]:
    yield f"{_value(output.dataset)},"
    if output.schema is not None:
        yield from _schema(output.schema)
    if output.key:
        yield f"key={_value(output.key[0] if len(output.key) == 1 else output.key)},"
    default = Output("")
    for name in ("time", "mode", "partition_by", "sequence_by", "delete_when", "tracked", "validity"):
        if (given := getattr(output, name)) != getattr(default, name):
            yield f"{name}={_value(given)},"
    if output.expectations:
        yield "expectations=["
        yield from _indented(_items(output.expectations), 1)
        yield "],"
    if output.quarantine is not None:
        yield f"quarantine={_quarantine(output.quarantine)},"


def _quarantine(quarantine: Quarantine) -> str:
    named = ("max_rows", quarantine.max_rows), ("max_fraction", quarantine.max_fraction)
    given = [] if quarantine.dataset is None else [_value(quarantine.dataset)]
    given += [f"{name}={_value(value)}" for name, value in named if value is not None]
    return f"Quarantine({', '.join(given)})"


def _schema(schema: Schema) -> Iterator[str]:
    columns = ",\n".join(_INDENT + _escaped(Schema((column,)).ddl) for column in schema.columns)
    masked = [_value(column.name) for column in schema.columns if column.masked]
    opening, closing = ('Schema.of("""', f'""").masked({", ".join(masked)})') if masked else ('"""', '"""')
    yield f"schema={opening}"
    yield from columns.split("\n")
    yield f"{closing},"


def _escaped(text: str) -> str:
    """What stands between three quotes for `text`."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in escaped)


def _items(expectations: Sequence[Expectation]) -> Iterator[str]:
    for expectation in expectations:
        yield from f"{render_call(expectation)},".split("\n")


def _call(name: str, parts: Sequence[str]) -> str:
    line = f"{name}({', '.join(parts)})"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"{_INDENT}{part}," for part in parts), ")"])


def _value(value: ArgumentValue) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    text = repr(value)
    if isinstance(value, str) and '"' not in text and text.startswith("'"):
        return f'"{text[1:-1]}"'
    return text


def _mapping(value: ArgumentValue) -> str:
    pairs = value if isinstance(value, tuple) else ()
    return f"{{{', '.join(f'{_value(p[0])}: {_value(p[1])}' for p in pairs if isinstance(p, tuple))}}}"


def _variable(dataset: str) -> str:
    name = "".join(c if c.isalnum() else "_" for c in dataset.rpartition(".")[2]).upper()
    return name if name and not name[0].isdigit() else f"OUTPUT_{name}"


def _indented(lines: Iterator[str], by: int) -> Iterator[str]:
    return (f"{_INDENT * by}{line}" if line else line for line in lines)
