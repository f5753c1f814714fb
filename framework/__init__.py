"""sparkjob: Spark jobs with declared inputs, checks and atomic publishes, for any scheduler."""

from collections.abc import Callable
from typing import NoReturn

from framework.contract import expect, runners
from framework.contract.declare import external_job, job, sql_job
from framework.contract.schema import Column, Schema
from framework.contract.types import Expectation, Input, Job, Output, Quarantine
from framework.errors import SparkjobError
from framework.interval import WHOLE, Interval
from framework.outcome import Outcome
from framework.version import __version__

__all__ = [
    "WHOLE",
    "Column",
    "Expectation",
    "Input",
    "Interval",
    "Job",
    "Outcome",
    "Output",
    "Quarantine",
    "Schema",
    "SparkjobError",
    "__version__",
    "expect",
    "external_job",
    "job",
    "main",
    "runners",
    "sql_job",
]


def main(declared: Callable[..., object] | Job) -> NoReturn:
    """Run a job, a decorated function or a `sql_job`, with the process's arguments; exit with its code."""
    from framework.cli.application import run_application

    run_application(declared)
