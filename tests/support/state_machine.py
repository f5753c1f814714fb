"""Executes a definition in the Amazon States Language: the states and functions that ours use.

After the specification (states-language.net) and AWS' own page on intrinsic functions.
"""

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Task = Callable[[str, Mapping[str, Any]], Any]
"""Called with a resource and its parameters; raises `TaskFailedError`."""

_STEP = re.compile(r"\.(\w+)|\['([^']*)'\]|\[(\d+)\]")


class TaskFailedError(Exception):
    """A task that failed."""


def execute(
    machine: Mapping[str, Any], given: Any, task: Task, context: Mapping[str, Any]
) -> tuple[str, Any]:
    """The type of the last state and its output; waiting takes no time."""
    name, data = machine["StartAt"], given
    while True:
        state = machine["States"][name]
        if state["Type"] in ("Succeed", "Fail"):
            return state["Type"], data
        if state["Type"] == "Choice":
            name = _choose(state, data)
            continue
        try:
            data, name = _step(state, data, task, context), state.get("Next")
        except TaskFailedError as error:
            caught = state["Catch"][0]
            data, name = _put(data, caught["ResultPath"], {"Error": str(error)}), caught["Next"]
        if name is None:
            assert state["End"]
            return "End", data


def _step(state: Mapping[str, Any], data: Any, task: Task, context: Mapping[str, Any]) -> Any:
    match state["Type"]:
        case "Wait":
            return data
        case "Pass":
            result = state["Result"] if "Result" in state else _fill(state["Parameters"], data, context)
        case "Parallel":
            result = [execute(part, copy.deepcopy(data), task, context)[1] for part in state["Branches"]]
        case "Task":
            result = task(state["Resource"], _fill(state["Parameters"], data, context))
        case other:
            raise AssertionError(other)
    if "ResultSelector" in state:
        result = _fill(state["ResultSelector"], result, context)
    return _put(data, state.get("ResultPath", "$"), result)


def _choose(state: Mapping[str, Any], data: Any) -> str:
    for rule in state["Choices"]:
        if _holds(rule, data):
            return str(rule["Next"])
    return str(state["Default"])


def _holds(rule: Mapping[str, Any], data: Any) -> bool:
    if "Not" in rule:
        return not _holds(rule["Not"], data)
    if "IsPresent" in rule:
        try:
            _get(data, rule["Variable"])
        except (KeyError, IndexError):
            return not rule["IsPresent"]
        return bool(rule["IsPresent"])
    value = _get(data, rule["Variable"])
    if "StringEquals" in rule:
        return bool(value == rule["StringEquals"])
    return bool(value <= rule["NumericLessThanEquals"])


def _fill(template: Any, data: Any, context: Mapping[str, Any]) -> Any:
    if isinstance(template, list):
        return [_fill(each, data, context) for each in template]
    if not isinstance(template, dict):
        return template
    return {
        key.removesuffix(".$"): evaluate(value, data, context)
        if key.endswith(".$")
        else _fill(value, data, context)
        for key, value in template.items()
    }


def evaluate(text: str, data: Any, context: Mapping[str, Any]) -> Any:
    """A path, or an intrinsic function of paths, quoted texts and numbers."""
    if text.startswith("$$"):
        return _get(context, text[1:])
    if text.startswith("$"):
        return _get(data, text)
    called, _, rest = text.partition("(")
    words = [_argument(each, data, context) for each in _parted(rest.removesuffix(")"))]
    match called:
        case "States.Array":
            return [each[1] if isinstance(each, tuple) else each for each in words]
        case "States.Format":
            return _format(words[0][1], [str(each) for each in words[1:]], raw=words[0][0])
        case "States.MathAdd":
            return words[0] + words[1]
        case "States.StringToJson":
            return json.loads(words[0])
        case other:
            raise AssertionError(other)


def _argument(text: str, data: Any, context: Mapping[str, Any]) -> Any:
    if text.startswith("'"):
        return text[1:-1], re.sub(r"\\([\\'{}])", r"\1", text[1:-1])
    return int(text) if text.isdecimal() else evaluate(text, data, context)


def _format(_: str, values: list[str], *, raw: str) -> str:
    parts = re.split(r"(\\[\\'{}]|\{\})", raw)
    found = iter(values)
    return "".join(
        next(found) if p == "{}" else p[1] if p.startswith("\\") and len(p) == 2 else p for p in parts
    )


def _parted(text: str) -> list[str]:
    words = re.findall(r"'(?:\\.|[^'\\])*'|States\.\w+\((?:'(?:\\.|[^'\\])*'|[^'()])*\)|[^,\s]+", text)
    assert re.sub(r"\s", "", ",".join(words)) == re.sub(r"\s", "", text), text
    return words


def _get(data: Any, path: str) -> Any:
    assert re.fullmatch(rf"\$(?:{_STEP.pattern})*", path), path
    for name, quoted, number in _STEP.findall(path):
        data = data[int(number)] if number else data[name or quoted]
    return data


def _put(data: Any, path: str, value: Any) -> Any:
    if path == "$":
        return value
    assert path.count(".") == 1
    return {**data, path.removeprefix("$."): value}
