"""pydantic's errors as plain sentences at the line of the value that they are about. Pure."""

import re
from collections.abc import Mapping
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from framework.contract.suggest import suggest
from framework.environment.interpolate import dotted, is_secret
from framework.environment.merge import Path, find, plain
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


# What stands in for a setting that is missing, so that the rest can be looked at.
_STAND_INS: Mapping[str, object] = {
    "version": 1,
    "project": "unnamed",
    "stores": {},
    "uri": "memory://unnamed",
    "cron": "0 0 * * *",
    "select": "*",
    "type": "redshift",
}
_ROUNDS = 4


def parse_settings(root: Node) -> tuple[Settings | None, tuple[Fault, ...]]:
    """The document with every setting checked by itself, and what is wrong with it.

    With faults, the document is what is left without the wrong settings, so that what the others
    say of each other can be checked too; None when nothing useful is left.
    """
    values = plain(root)
    faults: tuple[Fault, ...] = ()
    for _ in range(_ROUNDS):
        try:
            return Settings.model_validate(values), faults
        except ValidationError as error:
            errors = error.errors(include_url=False)
            faults = faults or tuple(_fault(each, root) for each in errors)
            for each in errors:
                _repair(values, each)
    return None, faults


def _repair(values: object, error: ErrorDetails) -> None:
    """Take the wrong value out, put a stand-in for a missing one."""
    path = error["loc"][:-1] if error["loc"][-1:] == ("[key]",) else error["loc"]
    at = values
    for key in path[:-1]:
        at = at[key] if isinstance(at, dict) and key in at else None
    if not isinstance(at, dict):
        return
    if error["type"] == "missing":
        at[path[-1]] = _STAND_INS.get(str(path[-1]), "unnamed")
    elif error["type"] in {"dict_type", "model_type"}:
        at[path[-1]] = {}
    else:
        at.pop(path[-1], None)


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
    hidden = is_secret(path) or value == "" or not isinstance(value, str | int | float)
    but = "" if hidden else f", not {_show(value)}"
    match kind:
        case "missing":
            return "is missing", _missing(path)
        case "extra_forbidden":
            return "is not a setting", suggest(str(path[-1]), _keys(path[:-1]))
        case "literal_error":
            allowed = str(error["ctx"]["expected"]).replace("'", "")
            choices = re.split(", | or ", allowed)
            return f"must be {allowed}{but}", suggest(str(value), choices) if choices[1:] else None
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
