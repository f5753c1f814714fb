"""sparkjob: Spark jobs with declared inputs, checks and atomic publishes, for any scheduler."""

from collections.abc import Callable
from typing import NoReturn

from framework.contract import expect
from framework.contract.declare import external_job, job, sql_job
from framework.contract.schema import Column, Schema
from framework.contract.types import Expectation, Input, Output
from framework.errors import SparkjobError
from framework.interval import WHOLE, Interval
from framework.outcome import Outcome

__all__ = [
    "WHOLE",
    "Column",
    "Expectation",
    "Input",
    "Interval",
    "Outcome",
    "Output",
    "Schema",
    "SparkjobError",
    "expect",
    "external_job",
    "job",
    "main",
    "sql_job",
]
__version__ = "0.1.0"


def main(function: Callable[..., object]) -> NoReturn:
    """Run the job that `function` declares with the process's arguments, and exit with its code."""
    from framework.cli.application import run_application

    run_application(function)
