"""Every fault of one job's declaration by itself, before anything runs."""

import re
from collections.abc import Iterator
from dataclasses import replace

from framework.contract.catalogue import faults_of
from framework.contract.columns import output_columns
from framework.contract.modes import find_mode_faults, find_mode_misuse
from framework.contract.past import find_past_misuse
from framework.contract.quarantine import (
    find_quarantine_faults,
    find_quarantine_misuse,
    published_outputs,
    quarantine_dataset,
)
from framework.contract.signature import signature_faults
from framework.contract.structure import structure_faults
from framework.contract.suggest import suggest
from framework.contract.types import Input, Job, Output
from framework.contract.window import HINT as WINDOW_HINT
from framework.contract.window import parse_window
from framework.errors import Fault
from framework.interval import GRAINS, Grain, Interval, is_zone, parse_start

_DATASET = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_JOB = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_DATASET_MAX = 200
_NO_START = "Intervals before it do not exist; write the first day of the data, like 2013-01-01"


def validate_job(job: Job) -> list[Fault]:
    """All faults of `job` in isolation, each at its declaration's place; empty when it is sound."""
    if faults := structure_faults(job):
        return faults
    faults = [Fault(what=what, where=job.where, hint=hint) for what, hint in _job(job)]
    faults += signature_faults(job)
    for name, declared in job.inputs.items():
        faults += [
            Fault(what=f'input "{name}": {what}', where=declared.where, hint=hint)
            for what, hint in _input(declared, job)
        ]
    for output in job.outputs.values():
        faults += _output(output, job)
    return faults


def is_dataset_name(name: str) -> bool:
    """Whether `name` may name a dataset: lower-case words of a-z, 0-9 and _, joined by points."""
    return _DATASET.fullmatch(name) is not None and len(name) <= _DATASET_MAX


_Found = Iterator[tuple[str, str | None]]


def _job(job: Job) -> _Found:
    if not _JOB.fullmatch(job.name):
        yield f'"{job.name}" is no job name', "Letters, digits, _ and -, at most 100, a letter first"
    if not job.outputs:
        hint = "Declare what it makes; what is not made by Spark is an external_job"
        yield f"{job.name} has no outputs", hint
    if job.runner == "":
        yield f"{job.name} names no runner", 'Say what runs it, like runner="dbt"'
    if not job.inputs and job.runner is None and job.rerun == "when_changed":
        hint = 'Say rerun="always" (each run asks its source again) or rerun="once"'
        yield f"{job.name} has no inputs, so nothing says when to run it again", hint
    for name in (*job.inputs, *(() if job.returns_one else job.outputs)):
        if not name.isidentifier():
            yield f'"{name}" is no name for an input or output', "Use letters, digits and _, as in Python"
    datasets = [output.dataset for output in published_outputs(job).values()]
    for dataset in dict.fromkeys(d for d in datasets if datasets.count(d) > 1):
        yield f"{job.name} has two outputs named {dataset}", None
    yield from _intervals(job)


def _intervals(job: Job) -> _Found:
    zone_known = is_zone(job.timezone)
    if not zone_known:
        yield f'unknown time zone "{job.timezone}"', "Write a name like UTC or America/New_York"
    if job.batch < 1:
        yield f"batch={job.batch} is less than 1", None
    if job.interval is None:
        if job.batch > 1:
            yield f"batch={job.batch} without an interval", 'Add interval="day", or leave batch out'
        if job.start is not None:
            yield f'start="{job.start}" without an interval', 'Add interval="day", or leave start out'
        return
    if job.interval not in GRAINS:
        yield f'unknown interval "{job.interval}"', suggest(job.interval, GRAINS, kind="Intervals")
    if job.start is None:
        yield f"{job.name} has an interval and no start", _NO_START
    elif zone_known:
        yield from _start(job.start, job)


def _start(text: str, job: Job) -> _Found:
    try:
        start = parse_start(text, job.timezone)
    except (ValueError, OverflowError):
        yield f'start="{text}" is no day', 'Write it like "2013-01-01"'
        return
    grain: Grain | None = next((grain for grain in GRAINS if grain == job.interval), None)
    if grain is None:
        return
    unit = Interval(start=start, end=start, grain=grain, zone=job.timezone).as_grain(grain, job.timezone)
    if unit.start != start:
        yield f'start="{text}" is inside a {grain}', f"Write the first instant of a {grain}"


def _input(declared: Input, job: Job) -> _Found:
    if not is_dataset_name(declared.dataset):
        yield from _bad_dataset(declared.dataset)
    if declared.columns == ():
        yield "columns is empty", "Leave it out to read all columns"
    for column in _twice(declared.columns or ()):
        yield f'column "{column}" is there twice', None
    if declared.schema is not None:
        for what in declared.schema.faults:
            yield f"schema: {what}", None
    own = declared.dataset in [output.dataset for output in published_outputs(job).values()]
    if own and declared.window != "previous":
        hint = 'Say window="previous" to read the interval before'
        yield f"{job.name} reads its own output {declared.dataset}", hint
    if declared.window is not None:
        yield from _window(declared.window, declared, job, own=own)


def _window(text: str, declared: Input, job: Job, *, own: bool) -> _Found:
    try:
        window = parse_window(text)
    except ValueError as error:
        yield str(error), WINDOW_HINT
        return
    if window != "all" and job.interval is None:
        yield f'window="{text}" in a job without an interval', "Leave it out: all is read"
    if window == "previous" and not own:
        hint = 'It is for running totals over one\'s own output; write "1 day" to reach back'
        yield f'window="previous" on {declared.dataset}, which {job.name} does not make', hint
    if window == "previous" and own and job.batch > 1:
        # What an interval reads must be published before it is made, and a batch is published at once.
        yield (
            f'batch={job.batch} with window="previous": each interval needs the one before',
            "Leave batch out",
        )


def _output(output: Output, job: Job) -> list[Fault]:
    found: list[tuple[str, str | None]] = []
    held = quarantine_dataset(output)
    for dataset in (output.dataset, *(() if held is None else (held,))):
        if not is_dataset_name(dataset):
            found += _bad_dataset(dataset)
    found += find_mode_faults(job, output)
    if job.interval is not None and output.time is None:
        hint = "Name the DATE or TIMESTAMP column that says to which interval a row belongs"
        found.append((f"{output.dataset} has no time column, and {job.name} has an interval", hint))
    found += find_quarantine_faults(job, output)
    if output.schema is None:
        found.append((f"{output.dataset} has no schema", 'Add schema="day DATE, carrier STRING, …"'))
        return [Fault(what=what, where=output.where, hint=hint) for what, hint in found]
    found += [(f"schema of {output.dataset}: {what}", None) for what in output.schema.faults]
    found += output_columns(output, output.schema, job.interval)
    faults = [Fault(what=what, where=output.where, hint=hint) for what, hint in found]
    for expectation in output.expectations:
        # One that was not made by `expect` does not know its place.
        where = expectation.where or output.where
        faults += [replace(f, where=f.where or where) for f in faults_of(expectation, output.schema)]
        misuse = (
            *find_quarantine_misuse(job, output, expectation),
            *find_past_misuse(job, expectation),
            *find_mode_misuse(output, expectation),
        )
        faults += [Fault(what=what, where=where, hint=hint) for what, hint in misuse]
    return faults


def _bad_dataset(name: str) -> _Found:
    yield (
        f'"{name}" is no dataset name',
        "Lower-case letters, digits and _, parts joined by points: flights.clean",
    )


def _twice(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
