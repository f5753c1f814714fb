"""`sparkjob doctor`."""

from typing import TYPE_CHECKING

import click

from framework.cli.options import as_json, environment, print_json
from framework.cli.workspace import load_workspace
from framework.doctor.examine import examine, is_sound
from framework.doctor.finding import build_findings_document, render_findings
from framework.environment.redaction import redact
from framework.outcome import Outcome

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@click.command()
@environment
@click.option("--spark", "with_spark", is_flag=True, help="Start Spark, and look at its executors too.")
@as_json
def doctor(env: str, with_spark: bool, json_: bool) -> int:
    """What in this environment would break a promise, each with its cure: exit 64 if anything does.

    Programs, secrets, rights and meaning of stores (tried in a scratch folder that is removed), clocks,
    sources, tables and who else writes to them, catalogs, Redshift. Nothing else is written.
    """
    workspace = load_workspace(env)
    project, environment = workspace.project, workspace.environment

    def open_spark() -> "SparkSession":
        from framework.stage.session import open_session
        from framework.stage.settings import build_settings

        return open_session("sparkjob doctor", spark=build_settings(environment, project.jobs))

    findings = list(examine(project, environment, open_spark if with_spark else None))
    if json_:
        print_json(build_findings_document(findings))
    else:
        click.echo(redact(render_findings(findings)))
    return 0 if is_sound(findings) else Outcome.MISCONFIGURED.exit_code
