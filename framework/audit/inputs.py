"""Looks at the inputs of a job before its function gets them, once for each version of an input."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from framework.audit.evaluate import build_verdict, evaluate
from framework.audit.foreign import relation_by_interval, whole_relation
from framework.audit.memory import load_judgements, memory_path, write_judgements
from framework.audit.past import moments
from framework.audit.relation import Relation
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Compiled, Judgement
from framework.checks.discretion import discreet
from framework.checks.measure import AsOf
from framework.checks.verdict import Verdict
from framework.contract.inputchecks import input_faults
from framework.contract.reference import reference_of
from framework.contract.schema import Column, Schema
from framework.contract.types import Job
from framework.environment.environment import Environment
from framework.errors import Fault, MisconfiguredError
from framework.interval import WHOLE, Interval
from framework.plan.inputs import version_of
from framework.plan.steps import Build
from framework.plan.windows import units_of
from framework.project.digests import expectation_digest, input_checks_digest
from framework.project.expectations import find_reference_faults, schema_of
from framework.project.project import Project
from framework.stage.inputcheck import require_unchanged, scanning
from framework.version import __version__

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def audit_inputs(
    frames: "Mapping[str, DataFrame | None]",
    build: Build,
    project: Project,
    environment: Environment,
    *,
    now: datetime,
) -> tuple[Verdict, ...]:
    """The verdicts on the inputs of `build` that have rules, on the rows that its function would get.

    Of an input that a job makes in intervals each interval is judged by itself, cut to the window;
    any other as a whole. One that is not there, or whose window lies before its first interval, has
    no rows to look at and no verdict. `now`: what a whole is recent by.

    Raises `MisconfiguredError` for rules, of the outputs too, that do not fit the columns that the
    inputs turn out to have, and what reading an input raises.
    """
    job = build.job
    schemas = {
        name: build_schema(frame, schema_of(project, job.inputs[name]))
        for name, frame in frames.items()
        if frame is not None
    }
    require_fitting(job, schemas)
    verdicts: list[Verdict] = []
    for name, schema in schemas.items():
        declared, frame = job.inputs[name], frames[name]
        if declared.expectations and name in build.windows and frame is not None:
            reading = _Reading(name, build, environment)
            checks = [compile_expectation(each, schema) for each in declared.expectations]
            with scanning(declared):
                relation = _relation(frame, name, build, project)
                judged = _judge(relation, checks, reading, now)
            for interval, judgements in judged.items():
                for check, found in zip(checks, judgements, strict=True):
                    verdict = build_verdict(declared.dataset, check, interval, found)
                    verdicts.append(replace(verdict, is_input=True))
    return tuple(verdicts)


def build_schema(frame: "DataFrame", known: Schema | None = None) -> Schema:
    """The columns that a frame has; masked are those that `known` says are."""
    masked = {column.name for column in known.columns if column.masked} if known else set()
    return Schema(
        tuple(
            Column(name=name, type=type_, masked=name in masked)
            for name, type_ in ((field.name, field.dataType.simpleString()) for field in frame.schema.fields)
        )
    )


def require_fitting(job: Job, schemas: Mapping[str, Schema]) -> None:
    """Raise `MisconfiguredError` for rules that want columns which these inputs do not have."""
    faults = [fault for name, schema in schemas.items() for fault in input_faults(job.inputs[name], schema)]
    for output in job.outputs.values():
        for expectation in output.expectations:
            reference = reference_of(expectation)
            if reference is not None and reference.input in schemas:
                where = expectation.where or output.where
                faults += [
                    Fault(what=f"{expectation.type}: {what}", where=where, hint=hint)
                    for what, hint in find_reference_faults(output, expectation, schemas[reference.input])
                ]
    if faults:
        raise MisconfiguredError(faults)


class _Reading:
    """What one build reads of one input, and what is remembered of that version of it."""

    def __init__(self, name: str, build: Build, environment: Environment) -> None:
        declared, pin = build.job.inputs[name], build.pins[name]
        binding = environment.input(declared.dataset)
        version = version_of(None, pin)
        parts = {
            "sparkjob": __version__,
            "version": version or "",
            "location": binding.location.uri,
            "options": repr(sorted(binding.options.items())),
            "window": build.windows[name].key,
            "columns": repr(declared.columns),
            "schema": repr(declared.schema),
            "checks": input_checks_digest(declared),
        }
        self._build, self._environment, self._state = build, environment, environment.state
        # An unknown version is no version: what was found of it may not be remembered.
        self._path = None if version is None else memory_path(declared.dataset, parts)
        self.known = {} if self._path is None else load_judgements(self._state, self._path)

    def remember(self, judgements: Mapping[tuple[str, str], Judgement]) -> None:
        """Keep what was found of the version. Raises `RetryError` when it was another that was read."""
        if self._path is not None:
            require_unchanged(self._build, self._environment)
            write_judgements(self._state, self._path, {**self.known, **judgements})


def _relation(frame: "DataFrame", name: str, build: Build, project: Project) -> Relation:
    declared = build.job.inputs[name]
    producer = project.output_of(declared.dataset)
    units = units_of(project, declared, build.interval)
    if producer is None or not units or producer.time not in frame.columns:
        return whole_relation(frame, WHOLE, declared.dataset)
    return relation_by_interval(frame, producer, units, declared.dataset)


def _judge(
    relation: Relation, checks: Sequence[Compiled], reading: _Reading, now: datetime
) -> dict[Interval, list[Judgement]]:
    """What each check says of each interval; evaluated is what is not remembered."""
    intervals = tuple(relation.labels.values())
    rules = [expectation_digest(check.expectation) for check in checks]
    places = range(len(checks))
    new = {each: [n for n in places if (each.key, rules[n]) not in reading.known] for each in intervals}
    found = evaluate(
        {each: [checks[n] for n in listed] for each, listed in new.items() if listed},
        {},
        lambda: relation,
        moments(intervals, now),
    )
    judged = {
        (each, n): discreet(judgement, checks[n])
        for each, judgements in found.items()
        for n, judgement in zip(new[each], judgements, strict=True)
    }
    kept = {
        (each.key, rules[n]): judgement
        for (each, n), judgement in judged.items()
        if not (each.is_whole and AsOf() in checks[n].measures)  # it is another moment next time
    }
    if kept:
        reading.remember(kept)
    return {
        each: [judged.get((each, n)) or reading.known[each.key, rules[n]] for n in places]
        for each in intervals
    }
