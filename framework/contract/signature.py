"""A job's function against its declaration: its parameters say what it gets."""

import inspect
from collections.abc import Iterator, Mapping

from framework.contract.parameters import CONTEXT, annotation_of, parse_annotation
from framework.contract.suggest import suggest
from framework.contract.types import Job
from framework.errors import Fault

_TYPES = "str, int, float or bool, or one of them | None"
_BOUND = ("interval_start", "interval_end")

_Found = Iterator[tuple[str, str | None]]


def signature_faults(job: Job) -> list[Fault]:
    """What is wrong between the function's parameters and the inputs, secrets and context.

    For a SQL job: between the declared parameters and what is bound anyway. None for an external.
    """
    found = _function(job) if job.function is not None else _sql(job) if job.sql_file is not None else ()
    return [Fault(what=what, where=job.where, hint=hint) for what, hint in found]


def _function(job: Job) -> _Found:
    assert job.function is not None
    if inspect.iscoroutinefunction(job.function) or inspect.isgeneratorfunction(job.function):
        yield f"{job.name}() is async or yields", "Return the frame, or a dict of frames"
    parameters = inspect.signature(job.function).parameters
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    positional = [parameter.name for parameter in parameters.values() if parameter.kind in by_place]
    for parameter in parameters.values():
        match parameter.kind:
            case inspect.Parameter.KEYWORD_ONLY:
                yield from _keyword(parameter, job)
            case inspect.Parameter.POSITIONAL_OR_KEYWORD | inspect.Parameter.POSITIONAL_ONLY:
                yield from _positional(parameter.name, job)
            case _:
                hint = "Inputs by name, then *, then keyword-only parameters"
                yield f"{job.name}() takes {parameter}, and everything is passed by name", hint
    if any(p.kind is p.POSITIONAL_ONLY for p in parameters.values()):
        yield f"{job.name}() has positional-only parameters, and they are passed by name", "Remove the /"
    for name in job.inputs:
        if name not in parameters:
            others = [p for p in positional if p not in job.inputs]
            close = suggest(name, others, kind="Positional parameters")
            yield (
                f'input "{name}" is no parameter of {job.name}()',
                close or f'Add "{name}" to its parameters',
            )
    yield from _secrets(job, parameters)


def _positional(name: str, job: Job) -> _Found:
    if name in job.inputs:
        return
    if name in CONTEXT or name in job.secrets:
        yield f'"{name}" of {job.name}() is positional', f"Put it after a *: {job.name}(…, *, {name})"
    else:
        hint = suggest(name, job.inputs, kind="Inputs")
        yield (
            f'parameter "{name}" of {job.name}() is no input',
            f"{hint or 'There are none'}. Other parameters go after a *, with a type and a default",
        )


def _keyword(parameter: inspect.Parameter, job: Job) -> _Found:
    name = parameter.name
    if name in job.inputs:
        yield f'input "{name}" of {job.name}() is keyword-only', "Put it before the *"
    elif name == "interval":
        if job.interval is None:
            hint = 'Add interval="day" to the job, or leave the parameter out'
            yield f"{job.name}() asks for an interval, and the job has none", hint
    elif name in CONTEXT or name in job.secrets:
        return
    elif parameter.default is parameter.empty:
        hint = "Give it a default, or name it in secrets={…}"
        yield f'parameter "{name}" of {job.name}() has no default', hint
    else:
        yield from _own(parameter, job)


def _own(parameter: inspect.Parameter, job: Job) -> _Found:
    assert job.function is not None
    name = parameter.name
    if parameter.annotation is parameter.empty:
        yield f'parameter "{name}" of {job.name}() has no type', f"Annotate it with {_TYPES}"
        return
    annotation = annotation_of(job.function, name)
    type_ = parse_annotation(annotation)
    if type_ is None:
        shown = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
        yield f'parameter "{name}" of {job.name}() is of type {shown}', f"A parameter is {_TYPES}"
    elif not type_.takes(parameter.default):
        yield f'default of parameter "{name}" of {job.name}() is no {type_}', None


def _secrets(job: Job, parameters: Mapping[str, inspect.Parameter]) -> _Found:
    for name in job.secrets:
        if name in CONTEXT or name in job.inputs:
            yield f'secret "{name}" has the name of something else that {job.name}() gets', "Rename it"
        elif name not in parameters:
            yield (
                f'secret "{name}" is no parameter of {job.name}()',
                f"Add it after a *: {job.name}(…, *, {name})",
            )


def _sql(job: Job) -> _Found:
    for name, value in job.parameters.items():
        if name in _BOUND:
            yield f'parameter "{name}" has the name of a bound of the interval', "Rename it"
        elif not name.isidentifier():
            yield f'"{name}" is no name for a parameter', "Letters, digits and _"
        if not isinstance(value, str | int | float | bool):
            yield (
                f'parameter "{name}" is of type {type(value).__name__}',
                "A parameter is str, int, float or bool",
            )
