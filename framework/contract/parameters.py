"""A job's own parameters: the types that annotations may name, and texts of `--param` read by them."""

import inspect
import math
import re
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Union, get_args, get_origin, get_type_hints

from framework.contract.types import Job, Scalar
from framework.errors import MisconfiguredError

CONTEXT = ("spark", "interval")
"""Keyword-only parameters of a function that the framework gives."""

ScalarType = type[str] | type[int] | type[float] | type[bool]
_TYPES: tuple[ScalarType, ...] = (str, int, float, bool)
_WHOLE_NUMBER = re.compile(r"[+-]?\d+")
_NULL = "null"


@dataclass(frozen=True, kw_only=True)
class ParameterType:
    """`str`, `int`, `float` or `bool`, and whether None is a value too."""

    scalar: ScalarType
    optional: bool = False

    def __str__(self) -> str:
        return f"{self.scalar.__name__} | None" if self.optional else self.scalar.__name__

    def takes(self, value: object) -> bool:
        """Whether `value` is one; a whole number is a float too, a truth value is no number."""
        if value is None:
            return self.optional
        if isinstance(value, bool) or self.scalar is bool:
            return isinstance(value, bool) and self.scalar is bool
        return isinstance(value, (int, float) if self.scalar is float else self.scalar)


def parse_annotation(annotation: object) -> ParameterType | None:
    """The type that an evaluated annotation names; None when parameters cannot be of it."""
    for scalar in _TYPES:
        if annotation is scalar:
            return ParameterType(scalar=scalar)
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [arm for arm in get_args(annotation) if arm is not type(None)]
        found = parse_annotation(inner[0]) if len(inner) == 1 else None
        return None if found is None else ParameterType(scalar=found.scalar, optional=True)
    return None


def annotation_of(function: Callable[..., object], name: str) -> object:
    """The evaluated annotation of one parameter; the text itself when it cannot be evaluated.

    One by one, because others may name what exists for type checkers only.
    """
    annotation = inspect.signature(function).parameters[name].annotation
    if not isinstance(annotation, str):
        return annotation
    holder = types.SimpleNamespace(__annotations__={name: annotation})
    scope = getattr(inspect.unwrap(function), "__globals__", {})
    try:
        return get_type_hints(holder, globalns=scope)[name]
    except Exception:  # noqa: BLE001  # evaluating a user's text can raise anything
        return annotation


def parameter_types(job: Job) -> dict[str, ParameterType]:
    """The type of each parameter of a validated job; a SQL job's are those of the declared values."""
    if job.function is None:
        return {
            name: ParameterType(scalar=type(value), optional=False)
            for name, value in job.parameters.items()
            if value is not None
        }
    parsed = {name: parse_annotation(annotation_of(job.function, name)) for name in job.parameters}
    return {name: type_ for name, type_ in parsed.items() if type_ is not None}


def parse_parameter(name: str, text: str, type_: ParameterType) -> Scalar:
    """The value of `--param name=text`; `null` is None where None is allowed.

    Raises `MisconfiguredError` when the text is not of the type.
    """
    value: Scalar = None
    if type_.optional and text == _NULL:
        return None
    if type_.scalar is str:
        return text
    if type_.scalar is bool:
        value = {"true": True, "false": False}.get(text.lower())
    elif type_.scalar is int:
        value = int(text) if _WHOLE_NUMBER.fullmatch(text) else None
    else:
        value = _finite(text)
    if value is None:
        hint = {bool: "Write true or false", int: "Write a whole number", float: "Write a number"}
        raise MisconfiguredError(
            f'parameter "{name}" is {type_}, and "{text}" is not', hint=hint[type_.scalar]
        )
    return value


def _finite(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
