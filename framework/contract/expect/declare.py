"""Makes a rule of a function's signature, and data of its calls. Nothing here raises."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import TypeVar, get_args

from framework.contract.argument import Family
from framework.contract.expect.kinds import Options
from framework.contract.frozen import freeze, freeze_document
from framework.contract.rule import Kind, Level, Parameter, Rule
from framework.contract.types import Expectation, caller

ATTRIBUTE = "__rule__"
"""Where a function of `expect` keeps its `Rule`."""
CONDITION = Parameter(name="row_condition", kind="condition")
"""Declared once for all: the parameter of every rule whose options are `DomainOptions`."""
_PARSER = ("condition_parser", "spark")
"""Says how to read `row_condition`, the way it is read anyway."""
_SETTINGS = (*Options.__optional_keys__, "mostly")

_Function = TypeVar("_Function", bound=Callable[..., Expectation])


def rule(
    *,
    level: Level = "row",
    families: frozenset[Family] | None = None,
    bounds: tuple[str, str] | None = None,
    compares: bool = False,
) -> Callable[[_Function], _Function]:
    """The function's name, parameters and their kinds are a rule; its calls make expectations.

    An argument that is left out, or is its default, is not in the data: a parameter that is added
    later changes no fingerprint. Arguments that do not fit are kept for `faults_of` to name.
    """

    def declare(function: _Function) -> _Function:
        signature = inspect.signature(function)
        named = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        names = [p.name for p in named]
        documents = {p.name for p in named if p.annotation.__metadata__[0] == "json"}

        @wraps(function)
        def make(*values: object, **given: object) -> Expectation:
            try:
                bound = signature.bind(*values, **given).arguments
            except TypeError:
                further = [f"argument {n + 1}" for n in range(len(names), len(values))]
                arguments = dict(zip([*names, *further], values, strict=False)) | given
            else:
                options = bound.pop("options", {})
                arguments = {n: v for n, v in bound.items() if not _same(v, signature.parameters[n].default)}
                arguments |= options
            arguments |= {n: freeze_document(arguments[n]) for n in documents & arguments.keys()}
            return replace(make_expectation(function.__name__, arguments), where=caller())

        (options,) = get_args(signature.parameters["options"].annotation)
        shared = [CONDITION] if CONDITION.name in options.__optional_keys__ else []
        described = Rule(
            name=function.__name__,
            parameters=(*map(_parameter, named), *shared),
            level=level,
            families=families,
            takes_mostly="mostly" in options.__optional_keys__,
            # An input is what this run reads of it, and other runs have made the table's other rows.
            takes_table="scope" in options.__optional_keys__
            and all(p.annotation.__metadata__[0] != "input" for p in named),
            bounds=bounds,
            compares=compares,
        )
        setattr(make, ATTRIBUTE, described)
        return make  # type: ignore[return-value]  # same parameters, same result

    return declare


def _parameter(declared: inspect.Parameter) -> Parameter:
    kind: Kind = declared.annotation.__metadata__[0]
    return Parameter(
        name=declared.name,
        kind=kind,
        required=declared.default is declared.empty,
        choices=get_args(declared.annotation.__origin__) if kind == "choice" else (),
    )


def _same(value: object, default: object) -> bool:
    """Whether it says what is said anyway. False is not 0; a text from a file is another object."""
    return type(value) is type(default) and value == default


def make_expectation(type_: str, given: Mapping[str, object]) -> Expectation:
    """An expectation of arguments and options by name; what is None is left out."""
    settings = {name: given[name] for name in _SETTINGS if name in given}
    frozen = {
        name: freeze(value)
        for name, value in given.items()
        if value is not None and name not in settings and (name, value) != _PARSER
    }
    return Expectation(type=type_, arguments=frozen, **settings)  # type: ignore[arg-type]  # faults_of looks
