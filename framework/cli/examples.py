"""`--show-rows`: failing rows of a run, on stdout and nowhere else."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from framework.audit.examples import Examples, read_examples
from framework.cli.options import Command
from framework.contract.types import Output
from framework.errors import MisconfiguredError
from framework.present.examples import render_examples
from framework.present.findings import Finding, collect_findings
from framework.project.project import Project
from framework.record.record import RunRecord

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def show_rows(command: Command) -> Command:
    """`--show-rows`."""
    return click.option(
        "--show-rows",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Print up to N failing rows of each failed rule, without masked columns.",
    )(command)


def refuse_rows_as_json(rows: int, *, is_json: bool) -> None:
    """Rows are for the eyes of who asks: what a machine keeps has none."""
    if rows and is_json:
        raise MisconfiguredError(
            "--show-rows prints rows for a person, not JSON", hint="Leave out one of them."
        )


def print_examples(
    record: RunRecord, project: Project, spark: "Callable[[], SparkSession]", limit: int
) -> None:
    """Print failing rows of each rule that failed. `spark` is called only when there is one."""
    failed = [f for f in collect_findings(record.verdicts) if f.first.state == "fail"]
    for finding in failed:
        click.echo()
        click.echo(render_examples(finding, _read(finding, record, project, spark, limit)))


def _read(
    finding: Finding,
    record: RunRecord,
    project: Project,
    spark: "Callable[[], SparkSession]",
    limit: int,
) -> Examples:
    dataset = finding.first.dataset
    output, place = _output(project, record.job, dataset), record.staged.get(dataset)
    if place is None:
        return Examples(notes=("rows are shown of what a run staged, and this is about other rows",))
    if output is None:
        return Examples(notes=(f"{record.job} does not make {dataset} any more",))
    return read_examples(spark(), place, output, finding.verdicts, limit)


def _output(project: Project, job: str, dataset: str) -> Output | None:
    outputs = project.jobs[job].outputs.values() if job in project.jobs else ()
    return next((output for output in outputs if output.dataset == dataset), None)
