"""The rules of a dataset on what is published of it, by the engine that looks at staged files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from framework.audit.compared import compared_inputs, input_relations, mask_compared
from framework.audit.evaluate import build_verdict, evaluate
from framework.audit.foreign import relation_by_interval, whole_relation
from framework.audit.inputs import build_schema, require_fitting
from framework.audit.past import Looked, judge_changes, live_rows, moments
from framework.audit.relation import Relation
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Compiled
from framework.checks.output import compile_checks, table_rules
from framework.checks.verdict import Verdict
from framework.contract.schema import Schema
from framework.contract.types import Input, Job, Output
from framework.environment.environment import Binding, Environment
from framework.generation import Pin
from framework.interval import Interval
from framework.plan.inputs import read_of
from framework.plan.steps import Build
from framework.plan.windows import span_of, units_of, window_of
from framework.project.project import Project
from framework.stage.inputcheck import scanning
from framework.stage.inputs import read_inputs, render_window
from framework.tables.protocol import Reading
from framework.tables.readers import reader_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, kw_only=True)
class PublishedDataset:
    """What is looked at: these intervals of one output of a job, at a pinned version."""

    job: Job
    output: Output
    binding: Binding
    pin: Pin
    intervals: tuple[Interval, ...]


def audit_published(
    published: PublishedDataset,
    project: Project,
    environment: Environment,
    *,
    spark: "Callable[[], SparkSession]",
    now: datetime,
) -> tuple[Verdict, ...]:
    """Verdicts by interval, built-in checks first, and on the rules that look at the whole table.

    Rules that compare with an input look at that input as it is now, over the window of the intervals.
    That rows lie in their interval is not looked at: by that they are found. `now`: from when a whole
    table is recent. Raises `MisconfiguredError` and `RetryError` as reading the inputs does, and
    `FailedError` when the table cannot be read.
    """
    output, intervals = published.output, published.intervals
    schema = output.schema
    assert schema is not None, "contract.validate comes first"
    checks = {interval: _compile(output, interval) for interval in intervals}
    inputs = _inputs(published, project, environment, spark)
    verdicts: list[Verdict] = []
    with scanning(Input(output.dataset)):
        rows = _rows(published, spark)
        relation = replace(_relation(rows, published), inputs=inputs)
        judged = evaluate(checks, {}, lambda: relation, moments(checks, now))
        for interval, listed in checks.items():
            for check, found in zip(listed, judged[interval], strict=True):
                verdicts.append(build_verdict(output.dataset, mask_compared(check, inputs), interval, found))
        verdicts = _with_changes(verdicts, published)
        verdicts += _of_table(rows, published, schema)
    return tuple(verdicts)


def _with_changes(verdicts: list[Verdict], published: PublishedDataset) -> list[Verdict]:
    """Those on rules about change too, where the table says how many rows each interval has."""
    live = live_rows(reader_of(published.binding), published.binding)
    counts = live(published.intervals)
    rows = {
        interval: count for interval in published.intervals if (count := counts.get(interval)) is not None
    }
    if len(rows) < len(published.intervals):
        return verdicts
    looked = Looked(output=published.output, rows=rows, verdicts=tuple(verdicts), live=live)
    return list(judge_changes([looked])[0])


def _compile(output: Output, interval: Interval) -> tuple[Compiled, ...]:
    return tuple(
        check for check in compile_checks(output, interval) if check.expectation.type != "rows_in_interval"
    )


def _of_table(rows: "DataFrame", published: PublishedDataset, schema: Schema) -> list[Verdict]:
    """One verdict for all the table on each rule that looks at it, told as of the asked intervals."""
    output = published.output
    span = span_of(published.intervals)
    checks = [compile_expectation(rule, schema) for rule in table_rules(output, published.intervals)]
    if not checks:
        return []
    relation = whole_relation(rows, span, output.dataset)
    found = evaluate({span: checks}, {}, lambda: relation)[span]
    return [
        replace(build_verdict(output.dataset, check, span, judgement), is_table=True)
        for check, judgement in zip(checks, found, strict=True)
    ]


def _rows(published: PublishedDataset, spark: "Callable[[], SparkSession]") -> "DataFrame":
    """All rows of the pinned version."""
    binding = published.binding
    reading = Reading(schema=published.output.schema)
    return reader_of(binding).scan(spark(), binding, published.pin, Input(published.output.dataset), reading)


def _relation(rows: "DataFrame", published: PublishedDataset) -> Relation:
    output, intervals = published.output, published.intervals
    if intervals[0].is_whole:
        return whole_relation(rows, intervals[0], output.dataset)
    within = rows.where(render_window(output, span_of(intervals)))
    return relation_by_interval(within, output, intervals, output.dataset)


def _inputs(
    published: PublishedDataset,
    project: Project,
    environment: Environment,
    spark: "Callable[[], SparkSession]",
) -> Mapping[str, Relation]:
    """The inputs that rules of the output compare with, read as a run would read them now."""
    job, intervals = published.job, published.intervals
    names = compared_inputs([published.output])
    if not names:
        return {}
    span = span_of(intervals)
    wanted = {name: declared for name, declared in job.inputs.items() if name in names}
    windows = {name: window_of(project, declared, span) for name, declared in wanted.items()}
    build = Build(
        job=replace(job, inputs=wanted),
        intervals=intervals,
        interval=span,
        pins={
            name: read_of(declared, span, _pin(project, environment, declared, span))
            for name, declared in wanted.items()
        },
        windows={name: window for name, window in windows.items() if window is not None},
        targets=(),
        parameters={},
        reasons=(),
    )
    frames = read_inputs(spark(), build, project, environment)
    require_fitting(
        replace(job, inputs=wanted, outputs={"": published.output}),
        {name: build_schema(frame) for name, frame in frames.items() if frame is not None},
    )
    return input_relations(frames, job, intervals, project)


def _pin(project: Project, environment: Environment, declared: Input, span: Interval) -> Pin:
    binding = environment.input(declared.dataset)
    return reader_of(binding).pin(binding, units_of(project, declared, span) or ())
