"""pydantic's errors as plain sentences at the line of the value that they are about. Pure."""

import re
from collections.abc import Mapping
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from framework.contract.suggest import suggest
from framework.environment.interpolate import dotted, is_secret
from framework.environment.merge import Path, find
from framework.environment.settings import Settings
from framework.environment.yaml import Node
from framework.errors import Fault

_TYPES = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "dict_type": "a map",
    "model_type": "a map",
    "list_type": "a list",
}
_SENTENCES = {
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must be a name of letters, digits, _ and -",
}
# What YAML 1.1 took for true and false is text in YAML 1.2.
_TRUE = {"on", "yes", "y"}
_FALSE = {"off", "no", "n"}


def parse_settings(root: Node, values: object) -> tuple[Settings | None, tuple[Fault, ...]]:
    """The checked document; `values` are those of the tree `root`, which knows the lines."""
    try:
        return Settings.model_validate(values), ()
    except ValidationError as error:
        return None, tuple(_fault(each, root) for each in error.errors(include_url=False))


def _fault(error: ErrorDetails, root: Node) -> Fault:
    in_key = error["loc"][-1:] == ("[key]",)
    path: Path = error["loc"][:-1] if in_key else error["loc"]
    what, hint = _a_key(path) if in_key else _a_value(path, error)
    return Fault(what=f"{dotted(path)} {what}", where=find(root, path).where, hint=hint)


def _a_key(path: Path) -> tuple[str, str]:
    allowed = (
        "letters, digits, . _ - and *" if path[0] in {"datasets", "jobs"} else "letters, digits, _ and -"
    )
    return "is not a name", f"use {allowed}"


def _a_value(path: Path, error: ErrorDetails) -> tuple[str, str | None]:
    """What is wrong with the value at `path`, and a hint."""
    kind, value = error["type"], error["input"]
    but = "" if is_secret(path) or not isinstance(value, str | int | float) else f", not {_show(value)}"
    match kind:
        case "missing":
            return "is missing", _missing(path)
        case "extra_forbidden":
            return "is not a setting", suggest(str(path[-1]), _keys(path[:-1]))
        case "literal_error":
            allowed = str(error["ctx"]["expected"]).replace("'", "")
            return f"must be {allowed}{but}", suggest(str(value), re.split(", | or ", allowed))
        case _ if kind in _TYPES:
            return f"must be {_TYPES[kind]}{but}", _trap(kind, value)
        case _:
            said = _SENTENCES.get(kind) or error["msg"].removeprefix("Value error, ")
            return f"{said}{but}", None


def _show(value: str | float) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _trap(kind: str, value: object) -> str | None:
    if kind == "bool_type" and isinstance(value, str) and value.lower() in _TRUE | _FALSE:
        meant = "true" if value.lower() in _TRUE else "false"
        return f"{value} is text in YAML 1.2: write {meant}"
    if kind == "string_type" and isinstance(value, int | float):
        return "put it in quotes"
    if kind == "int_type" and isinstance(value, str):
        return "write the digits without quotes"
    return None


def _missing(path: Path) -> str | None:
    if path == ("version",):
        return "begin configs/base.yml with `version: 1`"
    if path[0] == "stores":
        return f"each environment gives its stores a uri: stores: {{{path[1]}: {{uri: …}}}}"
    return None


def _keys(path: Path) -> tuple[str, ...]:
    """The settings that there are at `path`."""
    model: object = Settings
    for key in path:
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[str(key)].annotation
        else:
            model = next((arg for arg in get_args(model) if _is_model(arg)), Mapping)
    return tuple(model.model_fields) if _is_model(model) else ()  # type: ignore[attr-defined]


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
