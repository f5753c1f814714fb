"""The frames that a job's function gets: pinned, cut to the window, only the declared columns."""

from typing import TYPE_CHECKING

from framework.contract.datatype import identifier
from framework.contract.suggest import suggest
from framework.contract.types import Input, Output
from framework.environment.environment import Environment
from framework.errors import Fault, MisconfiguredError, RetryError, SparkjobError
from framework.interval import Interval
from framework.outcome import worst
from framework.plan.steps import Build
from framework.project.project import Project
from framework.stage.inputcheck import scanning
from framework.tables.protocol import Reading
from framework.tables.readers import reader_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

WHEN = "TIMESTAMP '{:%Y-%m-%d %H:%M:%S.%f}+00:00'"
"""An instant as a SQL literal, whatever the session's time zone is."""


def read_inputs(
    spark: "SparkSession",
    build: Build,
    project: Project,
    environment: Environment,
    *,
    run_id: str | None = None,
) -> dict[str, "DataFrame | None"]:
    """The inputs of `build` by name, as its pins say; None for an optional one that is not there.

    What has to be fetched for them lies with the run until `forget_inputs`; without a run, with this process.
    Raises what `TableReader.scan` raises: the gravest error, with the faults of all inputs.
    """
    frames: dict[str, DataFrame | None] = {}
    errors: list[SparkjobError] = []
    for name, declared in build.job.inputs.items():
        try:
            producer = project.output_of(declared.dataset)
            frames[name] = _read(spark, build, name, producer, environment, run_id)
        except SparkjobError as error:
            errors.append(error)
    if errors:
        gravest = worst(error.outcome for error in errors)
        kind = next(type(error) for error in errors if error.outcome is gravest)
        raise kind([fault for error in errors for fault in error.faults])
    return frames


def forget_inputs(build: Build, environment: Environment, run_id: str) -> None:
    """Remove what was fetched for the inputs of a run. Raises `RetryError` when the store does not answer."""
    datasets = {declared.dataset for declared in build.job.inputs.values()}
    datasets |= {target.output.dataset for target in build.targets}  # rules may look at the table, too
    bindings = [environment.input(dataset) for dataset in sorted(datasets)]
    fetched = [binding for binding in bindings if binding.format == "redshift"]
    if fetched:
        from framework.tables.redshift.unload import remove_unloaded

        remove_unloaded(fetched, run_id)


def _read(
    spark: "SparkSession",
    build: Build,
    name: str,
    producer: Output | None,
    environment: Environment,
    run_id: str | None,
) -> "DataFrame | None":
    declared, pin, window = build.job.inputs[name], build.pins[name], build.windows.get(name)
    if not pin.exists and declared.optional:
        return None
    if window is None and producer is not None and producer.schema is not None:
        # The window lies before the first interval: there is nothing, and that is no fault.
        return _select(spark.createDataFrame([], producer.schema.ddl), declared)
    if not pin.exists:
        raise RetryError(f"{declared.dataset} is not there yet", where=declared.where)
    binding = environment.input(declared.dataset)
    with scanning(declared):
        wanted = pin if window is None else pin.within(window)
        reading = _reading(build, run_id, producer, window)
        frame = reader_of(binding).scan(spark, binding, wanted, declared, reading)
    if window is not None and producer is not None and producer.time and not window.is_whole:
        frame = frame.where(render_window(producer, window))
    return _select(frame, declared)


def _reading(build: Build, run_id: str | None, producer: Output | None, window: Interval | None) -> Reading:
    schema = None if producer is None else producer.schema
    time = None if schema is None or producer is None else schema.find(producer.time or "")
    cut = None if window is None or window.is_whole or time is None else window
    return Reading(job=build.job.name, run_id=run_id, schema=schema, time=time, window=cut)


def render_window(producer: Output, window: Interval) -> str:
    """A Spark SQL predicate for the rows of `window`: instants of a TIMESTAMP, days of a DATE.

    A DATE cannot be cut finer than its days, which are those of the producer's calendar.
    """
    assert producer.time is not None
    column = identifier(producer.time)
    declared = producer.schema.find(producer.time) if producer.schema else None
    if declared is not None and declared.type == "date":
        return f"{column} BETWEEN DATE '{window.first_day}' AND DATE '{window.last_day}'"
    return f"{column} >= {WHEN.format(window.start)} AND {column} < {WHEN.format(window.end)}"


def _select(frame: "DataFrame", declared: Input) -> "DataFrame":
    if declared.columns is None:
        return frame
    faults = [
        Fault(
            what=f'{declared.dataset} has no column "{name}"',
            where=declared.where,
            hint=suggest(name, frame.columns, kind="Columns"),
        )
        for name in declared.columns
        if name not in frame.columns
    ]
    if faults:
        raise MisconfiguredError(faults)
    return frame.select(*map(identifier, declared.columns))
