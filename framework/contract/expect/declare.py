"""Makes a rule of a function's signature, and data of its calls. Nothing here raises."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import TypeVar

from framework.contract.argument import Family
from framework.contract.expect.kinds import RowOptions
from framework.contract.frozen import freeze
from framework.contract.rule import Level, Parameter, Rule
from framework.contract.types import Expectation, caller

ATTRIBUTE = "__rule__"
"""Where a function of `expect` keeps its `Rule`."""

_Function = TypeVar("_Function", bound=Callable[..., Expectation])


def rule(
    *,
    level: Level = "row",
    families: frozenset[Family] | None = None,
    bounds: tuple[str, str] | None = None,
) -> Callable[[_Function], _Function]:
    """The function's name, parameters and their kinds are a rule; its calls make expectations.

    An argument that is left out, or is its default, is not in the data: a parameter that is added
    later changes no fingerprint. Arguments that do not fit are kept for `faults_of` to name.
    """

    def declare(function: _Function) -> _Function:
        signature = inspect.signature(function)
        named = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        names = [p.name for p in named]

        @wraps(function)
        def make(*values: object, **given: object) -> Expectation:
            try:
                bound = signature.bind(*values, **given).arguments
            except TypeError:
                further = [f"argument {n + 1}" for n in range(len(names), len(values))]
                arguments = dict(zip([*names, *further], values, strict=False)) | given
            else:
                options = bound.pop("options", {})
                arguments = {n: v for n, v in bound.items() if v is not signature.parameters[n].default}
                arguments |= options
            return replace(make_expectation(function.__name__, arguments), where=caller())

        options = str(signature.parameters["options"].annotation)
        described = Rule(
            name=function.__name__,
            parameters=tuple(
                Parameter(name=p.name, kind=p.annotation.__metadata__[0], required=p.default is p.empty)
                for p in named
            ),
            level=level,
            families=families,
            takes_mostly="RowOptions" in options,
            bounds=bounds,
        )
        setattr(make, ATTRIBUTE, described)
        return make  # type: ignore[return-value]  # same parameters, same result

    return declare


def make_expectation(type_: str, given: Mapping[str, object]) -> Expectation:
    """An expectation of arguments and options by name; what is None is left out."""
    settings = {name: given[name] for name in RowOptions.__optional_keys__ if name in given}
    frozen = {
        name: freeze(value) for name, value in given.items() if value is not None and name not in settings
    }
    return Expectation(type=type_, arguments=frozen, **settings)  # type: ignore[arg-type]  # faults_of looks
