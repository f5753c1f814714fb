"""The inputs of a job beside its outputs: their rows by the intervals that the job makes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from framework.audit.foreign import relation_by_interval, whole_relation
from framework.audit.relation import Relation
from framework.checks.compiled import Compiled
from framework.contract.reference import reference_of
from framework.contract.types import Job, Output
from framework.interval import Interval
from framework.project.expectations import schema_of
from framework.project.project import Project

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def compared_inputs(outputs: Iterable[Output]) -> set[str]:
    """Names of the inputs that rules of these outputs look at."""
    found = (reference_of(rule) for output in outputs for rule in output.expectations)
    return {reference.input for reference in found if reference is not None}


def input_relations(
    frames: "Mapping[str, DataFrame | None]", job: Job, intervals: Sequence[Interval], project: Project
) -> dict[str, Relation]:
    """What the function of `job` got for these intervals, by input; one that is not there is left out.

    Where the input has a time column its rows are told apart by the job's intervals. Where not,
    and the job has intervals, it has the rows of none: they cannot be compared one by one.
    """
    relations = {}
    for name, frame in frames.items():
        if frame is not None:
            dataset = job.inputs[name].dataset
            producer = project.output_of(dataset)
            schema = schema_of(project, job.inputs[name])
            masked = frozenset(each.name for each in schema.columns if each.masked) if schema else frozenset()
            time = None if producer is None else producer.time
            if intervals[0].is_whole:
                relations[name] = whole_relation(frame, intervals[0], dataset, masked)
            elif producer is None or time not in frame.columns:
                relations[name] = Relation(frame=frame, labels={}, name=dataset, masked=masked)
            else:
                relations[name] = relation_by_interval(frame, producer, intervals, dataset, masked)
    return relations


def mask_compared(check: Compiled, inputs: Mapping[str, Relation]) -> Compiled:
    """The check; what it observes is not told when it looks at a masked column of an input."""
    reference = reference_of(check.expectation)
    if reference is None or reference.input not in inputs:
        return check
    theirs = (name for name in reference.input_columns if name in inputs[reference.input].masked)
    return replace(check, masked=tuple(dict.fromkeys((*check.masked, *theirs))))
