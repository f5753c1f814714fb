"""The `sparkjob` command. Subcommands are imported when they are called, so `--help` is quick."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from framework.cli.faults import exit_code_of
from framework.cli.lazy import lazy_group

COMMANDS = {
    "adopt": "Take over a table that exists.",
    "backfill": "Run what is not current in a range of intervals.",
    "checks": "Data-quality rules: on published data, and in others' formats.",
    "clean": "Remove what dead runs have left, and old generations.",
    "compact": "Small files of an interval as fewer large ones.",
    "config": "The merged configuration, with the file and line of every value.",
    "deploy": "Jobs, configs and their Python as a release on a store; roll back.",
    "doctor": "What in this environment would break a promise, and its cure.",
    "export": "The files of a scheduler, made of contracts and schedules.",
    "grants": "The least rights of a job: SQL grants and IAM policies.",
    "graph": "What depends on what: text, Mermaid or DOT.",
    "history": "Generations of a dataset, as far back as its table tells.",
    "logs": "What one run said: its steps, and what its code printed.",
    "manifest": "The contracts as documents for schedulers.",
    "migrate": "Other columns, grain, place or format, on purpose.",
    "package": "The archives that a cluster needs to run the jobs.",
    "plan": "What would run, and why.",
    "ready": "Whether all inputs are there: exit 0 or 75.",
    "resume": "Run what is left of an earlier invocation.",
    "rollback": "An earlier generation as a new one.",
    "run": "Plan and execute.",
    "show": "One run: its checks, inputs, timings.",
    "status": "The last run of every job, and what is not current.",
    "submit": "Start one job of the current release on a cluster, and follow it.",
    "validate": "All faults of contracts and configuration; touches no data.",
    "verify": "Try a job many ways in a sandbox: are its rows always the same?",
}


@click.group(
    cls=lazy_group("framework.cli", COMMANDS), context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="sparkjob")
def cli() -> None:
    """Spark jobs with declared inputs, checks and atomic publishes, for any scheduler."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with one of the five codes."""
    sys.exit(exit_code_of(cli, arguments, name="sparkjob"))


if __name__ == "__main__":
    main()
