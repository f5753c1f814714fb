"""Calls the job's function, or runs its SQL, and says what is wrong with what comes back."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from framework.contract.suggest import suggest
from framework.contract.types import Job, Scalar
from framework.environment.secrets import Secret
from framework.errors import FailedError, Fault, MisconfiguredError, SparkjobError
from framework.interval import Interval
from framework.stage.damage import find_damage
from framework.stage.usercode import UserCodeError, render_user_frames

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["Call", "Caller", "UserCodeError", "call_job", "render_user_frames"]

_VIEWS = Lock()
"""Views belong to the session: one SQL job at a time may have its inputs there."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a job's function is called with. `inputs` by name; `root`: the project's folder."""

    inputs: "Mapping[str, DataFrame | None]"
    interval: Interval
    parameters: Mapping[str, Scalar]
    secrets: Mapping[str, Secret]
    root: Path


Caller = Callable[["SparkSession", Job, Call], "dict[str, DataFrame]"]
"""`call_job`, or what calls it and looks at what goes in and comes out."""


def call_job(spark: "SparkSession", job: Job, call: Call) -> "dict[str, DataFrame]":
    """The frames that the job makes, by the names of its outputs. Nothing is computed yet.

    Raises `UserCodeError` around whatever the user's code raises, except errors of ours (a damaged
    input that it ran into); `FailedError` when it does not return the declared frames.
    """
    try:
        result = _run_sql(spark, job, call) if job.function is None else _run(spark, job.function, job, call)
    except SparkjobError:
        raise
    except (Exception, SystemExit) as error:  # an exit would end all jobs, and with the user's code
        raise find_damage(error) or UserCodeError(_told(job), error, call.root) from error
    return _frames(job, result)


def _run(spark: "SparkSession", function: Callable[..., object], job: Job, call: Call) -> object:
    context: dict[str, object] = {"spark": spark, "interval": call.interval}
    positional: list[object] = []
    named: dict[str, object] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            positional.append(call.inputs[name])
        elif name in job.secrets:
            named[name] = _secret(job, name, call)
        elif name in call.parameters:
            named[name] = call.parameters[name]
        elif name in context:
            named[name] = context[name]
    return function(*positional, **named)


def _secret(job: Job, name: str, call: Call) -> Secret:
    secret = call.secrets.get(job.secrets[name])
    if secret is None:
        raise MisconfiguredError(
            f'job {job.name} wants the secret "{job.secrets[name]}", which the environment does not have',
            where=job.where,
            hint=suggest(job.secrets[name], call.secrets, kind="Secrets"),
        )
    return secret


def _told(job: Job) -> str:
    """The job's name, and the file of its SQL, which no traceback names."""
    if job.sql_file is None:
        return job.name
    return f"{job.name} ({(Path(job.where.file).parent / job.sql_file).as_posix()})"


def _run_sql(spark: "SparkSession", job: Job, call: Call) -> object:
    assert job.sql_file is not None
    file = call.root / Path(job.where.file).parent / job.sql_file
    arguments: dict[str, object] = dict(call.parameters)
    if not call.interval.is_whole:
        arguments |= {"interval_start": call.interval.start, "interval_end": call.interval.end}
    frames = {name: frame for name, frame in call.inputs.items() if frame is not None}
    with _VIEWS:
        try:
            for name, frame in frames.items():
                frame.createOrReplaceTempView(name)
            # Views are resolved here, once; what comes back does not need them any more.
            return spark.sql(file.read_text(), args=arguments)
        finally:
            for name in frames:
                spark.catalog.dropTempView(name)


def _frames(job: Job, result: object) -> "dict[str, DataFrame]":
    declared = "a DataFrame" if job.returns_one else f"a dict of {', '.join(job.outputs)}"
    if job.returns_one:
        result = {"": result}
    if not isinstance(result, dict):
        raise _wrong(job, f"returned {_named(result)} and not {declared}")
    faults = [f'returned no frame for its output "{name}"' for name in job.outputs if name not in result]
    faults += [f'returned "{name}", which is no output of it' for name in result if name not in job.outputs]
    faults += [
        f"returned {_named(frame)} and not a DataFrame" + (f' for "{name}"' if name else "")
        for name, frame in result.items()
        if name in job.outputs and not _is_frame(frame)
    ]
    if faults:
        raise _wrong(job, *faults)
    return result


def _wrong(job: Job, *faults: str) -> FailedError:
    pairs = ", ".join(f'"{name}": …' for name in job.outputs)
    hint = f"It has to end with: return {'the frame' if job.returns_one else f'{{{pairs}}}'}"
    return FailedError([Fault(what=f"{job.name} {fault}", where=job.where, hint=hint) for fault in faults])


def _named(value: object) -> str:
    return "None" if value is None else type(value).__name__


def _is_frame(value: object) -> bool:
    """Also of Spark Connect, whose DataFrame is none of the classic one's."""
    return any(c.__name__ == "DataFrame" and c.__module__.startswith("pyspark.") for c in type(value).__mro__)
