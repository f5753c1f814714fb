"""Faults of rules that look at an input of their job, beside what other jobs declare of it."""

from collections.abc import Iterator

from framework.contract.argument import family_of
from framework.contract.catalogue import CATALOGUE
from framework.contract.expect.kinds import NUMBERS
from framework.contract.inputchecks import input_faults
from framework.contract.reference import Reference, is_comparable, reference_of
from framework.contract.schema import Column, Schema
from framework.contract.suggest import suggest
from framework.contract.types import Expectation, Input, Job, Output
from framework.errors import Fault
from framework.project.project import Project

_Found = Iterator[tuple[str, str | None]]


def schema_of(project: Project, declared: Input) -> Schema | None:
    """The columns that a job reads of an input, where a job that makes it or the input says them."""
    output = project.output_of(declared.dataset)
    schema = declared.schema if output is None else output.schema
    if schema is None or declared.columns is None:
        return schema
    return Schema(tuple(column for column in schema.columns if column.name in declared.columns))


def expectation_faults(project: Project, job: Job) -> Iterator[Fault]:
    """Everything that is wrong with rules on the inputs of `job`, and with those that look at one."""
    for declared in job.inputs.values():
        yield from input_faults(declared, schema_of(project, declared))
    for output in job.outputs.values():
        for expectation in output.expectations:
            reference = reference_of(expectation)
            if reference is not None:
                where = expectation.where or output.where
                for what, hint in _reference(project, job, output, expectation, reference):
                    yield Fault(what=f"{expectation.type}: {what}", where=where, hint=hint)


def find_reference_faults(output: Output, expectation: Expectation, schema: Schema) -> _Found:
    """Columns that a rule wants of an input of this schema and that it lacks, or that equal none of ours."""
    reference = reference_of(expectation)
    assert reference is not None, "for rules that look at an input"
    name = reference.input
    for ours, theirs in reference.pairs:
        column, other = None if output.schema is None else output.schema.find(ours), schema.find(theirs)
        if other is None:
            yield (
                f'the input "{name}" has no column "{theirs}"',
                suggest(theirs, schema.names, kind="Columns"),
            )
        elif column is not None and not _fit(expectation, column, other):
            compared = f'"{ours}" of type {column.type.upper()} cannot be compared'
            beside = f'"{theirs}" of the input "{name}", of type {other.type.upper()}'
            yield f"{compared} with {beside}", "Cast one of them where it is made"


def _reference(
    project: Project, job: Job, output: Output, expectation: Expectation, reference: Reference
) -> _Found:
    declared = job.inputs.get(reference.input)
    if declared is None:
        hint = suggest(reference.input, job.inputs, kind="Inputs") or f"{job.name} has no inputs"
        yield f'{job.name} has no input "{reference.input}"', hint
        return
    if len(reference.columns) != len(reference.input_columns):
        counts = f"{len(reference.columns)} columns are compared with {len(reference.input_columns)}"
        yield f'{counts} of the input "{reference.input}"', "Name as many of the one as of the other"
        return
    schema = schema_of(project, declared)
    if schema is not None:
        yield from find_reference_faults(output, expectation, schema)
    if _adds_up(expectation):
        yield from _apart(project, job, declared, reference.input)


def _apart(project: Project, job: Job, declared: Input, name: str) -> _Found:
    """Why the rows of an input cannot be told apart by the intervals of a job; nothing if they can."""
    if job.interval is None:
        return
    owner, output = project.owner_of(declared.dataset), project.output_of(declared.dataset)
    by = f'the input "{name}" cannot be compared {job.interval} by {job.interval}'
    if declared.window == "previous":
        yield f'{by}: window="previous" reads no row of the interval itself', None
    if owner is None or output is None or output.time is None:
        hint = "Compare it in a job without an interval, or with a dataset that has a time column"
        yield f"{by}: {declared.dataset} has no time column", hint
        return
    if declared.columns is not None and output.time not in declared.columns:
        hint = f'Add "{output.time}" to the columns of the input'
        yield f'{by}: its time column "{output.time}" is not read', hint
    time = None if output.schema is None else output.schema.find(output.time)
    if time is not None and time.type == "date":
        if job.interval == "hour":
            yield f'{by}: its time column "{output.time}" is a DATE', None
        elif owner.timezone != job.timezone:
            yield f"{by}: its days are those of {owner.timezone}, not of {job.timezone}", None


def _adds_up(expectation: Expectation) -> bool:
    """Whether a rule compares sums or counts, not values."""
    rule = CATALOGUE.get(expectation.type)
    return rule is not None and rule.level == "table"


def _fit(expectation: Expectation, ours: Column, theirs: Column) -> bool:
    if ours.datatype is None or theirs.datatype is None:
        return True  # a fault of its own
    if _adds_up(expectation):
        return family_of(theirs.datatype) in NUMBERS
    return is_comparable(ours.datatype, theirs.datatype)
