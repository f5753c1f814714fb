"""The decorators and declarations of a job file. None of them raises, registers or wraps."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from framework.contract.runners import Runner
from framework.contract.types import Input, Job, Output, Rerun, Scalar, caller, names_of

ATTRIBUTE = "__sparkjob__"
"""Where `job` keeps the contract on the function, and by which `project.load` finds it."""

Function = TypeVar("Function", bound=Callable[..., object])
Outputs = Output | Mapping[str, Output]


def job(
    *,
    outputs: Outputs,
    inputs: Mapping[str, Input] | None = None,
    name: str | None = None,
    interval: str | None = None,
    start: str | None = None,
    timezone: str = "UTC",
    batch: int = 1,
    rerun: Rerun = "when_changed",
    secrets: Mapping[str, str] | None = None,
    uses: Sequence[str] = (),
    owner: str | None = None,
    tags: Sequence[str] = (),
) -> Callable[[Function], Function]:
    """Declare a function as a job. The function is returned unchanged, to be called and tested.

    Positional parameters of the function are the inputs, by name. Keyword-only ones are context
    (`spark`, `interval`), the names in `secrets`, or the job's own parameters with a default.
    """
    where = caller()

    def declare(function: Function) -> Function:
        parameters = {
            parameter.name: parameter.default
            for parameter in inspect.signature(function).parameters.values()
            if parameter.kind is parameter.KEYWORD_ONLY
            and parameter.default is not parameter.empty
            and parameter.name not in (secrets or {})
        }
        contract = Job(
            name=name or function.__name__,
            function=function,
            inputs=dict(inputs or {}),
            outputs=_outputs(outputs),
            interval=interval,
            start=start,
            timezone=timezone,
            batch=batch,
            rerun=rerun,
            parameters=parameters,
            secrets=dict(secrets or {}),
            uses=names_of(uses),
            owner=owner,
            tags=names_of(tags),
            description=inspect.getdoc(function) or inspect.getdoc(inspect.getmodule(function)) or "",
            where=where,
        )
        setattr(function, ATTRIBUTE, contract)
        return function

    return declare


def sql_job(
    name: str,
    *,
    file: str,
    outputs: Output,
    inputs: Mapping[str, Input] | None = None,
    interval: str | None = None,
    start: str | None = None,
    timezone: str = "UTC",
    batch: int = 1,
    parameters: Mapping[str, Scalar] | None = None,
    owner: str | None = None,
    tags: Sequence[str] = (),
    description: str = "",
) -> Job:
    """Declare one SELECT in `file` (beside the job file) as a job.

    Inputs are temporary views; `:interval_start`, `:interval_end` (TIMESTAMP) and the parameters
    are bound as values, never pasted.
    """
    return Job(
        name=name,
        sql_file=file,
        inputs=dict(inputs or {}),
        outputs=_outputs(outputs),
        interval=interval,
        start=start,
        timezone=timezone,
        batch=batch,
        parameters=dict(parameters or {}),
        owner=owner,
        tags=names_of(tags),
        description=description,
        where=caller(),
    )


def external_job(
    name: str,
    *,
    outputs: Outputs,
    runner: str | Runner,
    inputs: Mapping[str, Input] | None = None,
    interval: str | None = None,
    start: str | None = None,
    timezone: str = "UTC",
    ready: str | None = None,
    owner: str | None = None,
    tags: Sequence[str] = (),
    description: str = "",
) -> Job:
    """Declare the contract of something that is not run by Spark, so that the graph is whole.

    `runner` says how a scheduler starts it (see `framework.runners`), or only names what does;
    `ready` says how to see that an interval is there.
    """
    return Job(
        name=name,
        runner=runner,
        ready=ready,
        inputs=dict(inputs or {}),
        outputs=_outputs(outputs),
        interval=interval,
        start=start,
        timezone=timezone,
        owner=owner,
        tags=names_of(tags),
        description=description,
        where=caller(),
    )


def _outputs(outputs: Outputs) -> Mapping[str, Output]:
    return {"": outputs} if isinstance(outputs, Output) else dict(outputs)
