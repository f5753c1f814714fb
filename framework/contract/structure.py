"""Whether a declaration's values are of the types that it says; everything later relies on it."""

from collections.abc import Iterator, Mapping
from typing import get_args

from framework.contract.runners import find_runner_faults
from framework.contract.types import Expectation, Input, Job, Mode, Output, Quarantine, Rerun
from framework.errors import Fault

_Found = Iterator[tuple[str, str | None]]


def structure_faults(job: Job) -> list[Fault]:
    """Values of a wrong type in one job's declaration. A job with such faults is looked at no further."""
    found: list[Fault] = [Fault(what=what, where=job.where, hint=hint) for what, hint in _job(job)]
    for output in job.outputs.values():
        if isinstance(output, Output):
            found += [Fault(what=what, where=output.where, hint=hint) for what, hint in _output(output)]
    for declared in job.inputs.values():
        if isinstance(declared, Input):
            found += [Fault(what=what, where=declared.where, hint=hint) for what, hint in _input(declared)]
    return found


def _job(job: Job) -> _Found:
    texts = {"name": job.name, "timezone": job.timezone}
    optional = {
        "interval": job.interval,
        "start": job.start,
        "owner": job.owner,
        "sql_job(file=…)": job.sql_file,
        "ready": job.ready,
    }
    yield from _texts(texts | {name: value for name, value in optional.items() if value is not None})
    yield from find_runner_faults(job.runner)
    yield from _names({"uses": job.uses, "tags": job.tags})
    batch: object = job.batch
    if isinstance(batch, bool) or not isinstance(batch, int):
        yield f"batch={batch!r} is no whole number", None
    if job.rerun not in get_args(Rerun):
        yield f"rerun={job.rerun!r} is not possible", f"One of {', '.join(get_args(Rerun))}"
    yield from _members("input", job.inputs, Input)
    yield from _members("output", job.outputs, Output)
    for name, secret in job.secrets.items():
        yield from _texts({"a parameter in secrets": name, f'secrets["{name}"]': secret})


def _output(output: Output) -> _Found:
    texts = {"dataset": output.dataset}
    optional = {
        "time": output.time,
        "sequence_by": output.sequence_by,
        "delete_when": output.delete_when,
    }
    yield from _texts(texts | {name: value for name, value in optional.items() if value is not None})
    yield from _names(
        {
            "key": output.key,
            "partition_by": output.partition_by or (),
            "tracked": output.tracked or (),
            "validity": output.validity,
        }
    )
    if output.mode not in get_args(Mode):
        yield f"mode={output.mode!r} is not possible", f"One of {', '.join(get_args(Mode))}"
    yield from _expectations(output.expectations)
    if output.quarantine is not None:
        yield from _quarantine(output.quarantine)


def _quarantine(quarantine: object) -> _Found:
    if not isinstance(quarantine, Quarantine):
        yield f"quarantine={quarantine!r} is no Quarantine", 'Write Quarantine("name", max_rows=…)'
        return
    if quarantine.dataset is not None:
        yield from _texts({"the dataset of quarantine": quarantine.dataset})
    rows: object = quarantine.max_rows
    if rows is not None and (isinstance(rows, bool) or not isinstance(rows, int)):
        yield f"max_rows={rows!r} is no whole number", None
    fraction: object = quarantine.max_fraction
    if fraction is not None and (isinstance(fraction, bool) or not isinstance(fraction, int | float)):
        yield f"max_fraction={fraction!r} is no fraction", "Write a number from 0 to 1"


def _input(declared: Input) -> _Found:
    texts = {"dataset": declared.dataset}
    yield from _texts(texts if declared.window is None else texts | {"window": declared.window})
    yield from _names({"columns": declared.columns or ()})
    optional: object = declared.optional
    if not isinstance(optional, bool):
        yield f"optional={optional!r} is neither True nor False", None
    yield from _expectations(declared.expectations)


def _expectations(items: tuple[object, ...]) -> _Found:
    for item in items:
        if not isinstance(item, Expectation):
            yield (
                f"{_named(item)} is among the expectations, and is none",
                "Write expect.<rule>(…), with its arguments",
            )


def _texts(values: Mapping[str, object]) -> _Found:
    for name, value in values.items():
        if not isinstance(value, str):
            yield f"{name}={value!r} is no text", "Put it in quotes"


def _names(values: Mapping[str, tuple[object, ...]]) -> _Found:
    for name, items in values.items():
        yield from _texts({f"an item of {name}": item for item in items if not isinstance(item, str)})


def _members(kind: str, values: Mapping[str, object], wanted: type) -> _Found:
    for name, value in values.items():
        if not isinstance(name, str):
            yield f"the {kind} name {name!r} is no text", "Put it in quotes"
        if not isinstance(value, wanted):
            argument = f'"{value}"' if isinstance(value, str) else "…"
            hint = f"Write {wanted.__name__}({argument})"
            yield f"{kind} {_shown(name)}is {_named(value)}, not an {wanted.__name__}", hint


def _shown(name: str) -> str:
    return f'"{name}" ' if name else ""


def _named(value: object) -> str:
    kind = type(value).__name__
    return f"a {kind}" if kind[0].lower() not in "aeiou" else f"an {kind}"
