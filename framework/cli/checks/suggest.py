"""`sparkjob checks suggest`."""

import click

from framework.audit.profile import profile_rows
from framework.checks.suggest import suggest_expectations
from framework.cli.options import environment, interval
from framework.cli.workspace import Workspace, load_workspace, sources_of
from framework.contract.quarantine import published_outputs
from framework.contract.schema import Column, Schema
from framework.contract.suggest import suggest as suggest_name
from framework.contract.types import Input, Job, Output
from framework.environment.commands import in_environment
from framework.errors import MisconfiguredError
from framework.interval import WHOLE, Interval
from framework.plan.windows import grain_of, span_of
from framework.present.suggestion import render_suggestions
from framework.present.table import count
from framework.project.project import Project, datasets_of
from framework.stage.inputs import render_window
from framework.stage.session import open_session
from framework.stage.settings import build_settings
from framework.tables.protocol import Reading
from framework.tables.readers import reader_of


@click.command()
@click.argument("dataset")
@environment
@interval
def suggest(dataset: str, env: str, interval: str | None) -> None:
    """Profile a published dataset and print expectations that hold for it, as Python to paste.

    They are a start: they say what the data is like, not what it should be. Values of masked
    columns are never in them. Starts Spark.
    """
    workspace = load_workspace(env)
    job = workspace.project.owner_of(dataset)
    made = () if job is None else published_outputs(job).values()
    output = next((each for each in made if each.dataset == dataset), None)
    declared = _declared(workspace, dataset, output)
    asked = _asked(workspace, job, interval)
    binding = workspace.environment.binding(dataset)
    reader = reader_of(binding)
    pin = reader.pin(binding, ())
    if not pin.exists:
        hint = None if job is None else f"sparkjob run {job.name}{in_environment(env)}"
        raise MisconfiguredError(f"{dataset} is not there yet", where=binding.location.uri, hint=hint)
    spark = open_session(
        workspace.environment.project,
        spark=build_settings(workspace.environment, () if job is None else (job.name,)),
    )
    reading = Reading(schema=None if output is None else output.schema)
    frame = reader.scan(spark, binding, pin, declared, reading)
    if output is not None and output.time is not None and not asked.is_whole:
        frame = frame.where(render_window(output, asked))
    schema = None if output is None else output.schema
    schema = schema or Schema(tuple(Column(name=name, type=type_) for name, type_ in frame.dtypes))
    profile = profile_rows(
        frame,
        schema,
        output=output,
        grain=None if job is None else grain_of(job),
        zone="UTC" if job is None else job.timezone,
    )
    if profile is None:
        raise MisconfiguredError(f"{dataset} has no rows to learn from", hint="Another --interval may have.")
    extent = count(len(profile.counts), "interval") if len(profile.counts) > 1 else str(asked)
    click.echo(f"# {dataset}: {count(profile.rows, 'row')}, {extent}")
    click.echo(render_suggestions(suggest_expectations(profile, output)))


def _declared(workspace: Workspace, dataset: str, output: Output | None) -> Input:
    """How the dataset is read: as the first job that reads it says, all columns."""
    inputs = [
        i for job in workspace.project.jobs.values() for i in job.inputs.values() if i.dataset == dataset
    ]
    if output is None and not inputs and dataset not in sources_of(workspace.environment):
        raise MisconfiguredError(
            f'there is no dataset "{dataset}"',
            hint=suggest_name(dataset, _datasets(workspace), kind="Datasets"),
        )
    return Input(dataset, schema=inputs[0].schema if inputs else None)


def _datasets(workspace: Workspace) -> list[str]:
    project: Project = workspace.project
    made = {dataset for job in project.jobs.values() for dataset in datasets_of(job)}
    return sorted(made | sources_of(workspace.environment))


def _asked(workspace: Workspace, job: Job | None, interval: str | None) -> Interval:
    if interval is None:
        return WHOLE
    if job is None or job.interval is None:
        raise MisconfiguredError("the dataset has no intervals", hint="Leave out --interval.")
    return span_of(workspace.request((job.name,), interval).intervals[job.name])
