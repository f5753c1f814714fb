"""`sparkjob show`."""

from typing import TYPE_CHECKING, Literal

import click

from framework.cli.examples import print_examples, refuse_rows_as_json, show_rows
from framework.cli.options import as_json, environment, print_json
from framework.cli.workspace import Workspace, load_workspace
from framework.contract.suggest import close_to
from framework.environment.commands import in_environment
from framework.errors import MisconfiguredError
from framework.present.show import render_show
from framework.record.document import build_document
from framework.record.gxresult import build_validation_results
from framework.record.record import RunRecord
from framework.record.store import load_record, load_records

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@click.command()
@click.argument("run", metavar="RUN|JOB")
@environment
@show_rows
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "json", "gx")),
    default="text",
    help="gx: Great Expectations' validation results, one a dataset and interval.",
)
@as_json
def show(run: str, env: str, show_rows: int, format_: Literal["text", "json", "gx"], json_: bool) -> None:
    """Show one run: its checks, inputs and timings. A job's name means its last run.

    Starts Spark for --show-rows alone.
    """
    refuse_rows_as_json(show_rows, is_json=json_ or format_ != "text")
    workspace = load_workspace(env)
    record = find_record(workspace, run)
    if format_ == "gx":
        print_json(build_validation_results(record))
    elif json_ or format_ == "json":
        print_json(build_document(record))
    else:
        click.echo(render_show(record))
        if show_rows:
            print_examples(record, workspace.project, lambda: _spark(workspace, record.job), show_rows)


def find_record(workspace: Workspace, run: str) -> RunRecord:
    """The record of a run by its id or the beginning of it, or of a job's last run by the job's name.

    Raises `MisconfiguredError` when there is none.
    """
    state = workspace.environment.state
    if run not in workspace.project.jobs:
        try:
            return load_record(state, run)
        except MisconfiguredError as unknown:
            meant = close_to(run, workspace.project.jobs)
            if meant is None:
                raise
            raise MisconfiguredError(unknown.faults[0].what, hint=meant) from None
    record = next(load_records(state, run), None)
    if record is None:
        raise MisconfiguredError(
            f"{run} has never run in {workspace.environment.name}",
            hint=f"sparkjob run {run}{in_environment(workspace.environment.name)}",
        )
    return record


def _spark(workspace: Workspace, job: str) -> "SparkSession":
    from framework.stage.session import open_session
    from framework.stage.settings import build_settings

    project = workspace.environment.project
    return open_session(project, spark=build_settings(workspace.environment, (job,)))
