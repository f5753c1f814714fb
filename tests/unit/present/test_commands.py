"""Commands that are told to go on with are about the environment that was asked about."""

from dataclasses import replace

import pytest

from framework.contract.types import Job
from framework.errors import Where
from framework.plan.steps import Plan, Unchanged
from framework.present.show import render_show
from framework.present.status import build_status, render_status
from framework.present.summary import render_summary
from tests.unit.present.results import DAYS, everything


@pytest.mark.parametrize(("environment", "there"), [("local", ""), ("prod", " --env prod")])
def test_the_next_command_stays_in_its_environment(environment: str, there: str) -> None:
    """Who copies a line of production's `show` does not run it on this machine."""
    run = replace(everything(), environment=environment)
    job = Job(name=run.job, inputs={}, outputs={}, where=Where(file="jobs/a.py", line=1))
    status = build_status(Plan(steps=(Unchanged(job=job, intervals=DAYS),)), {run.job: [run]})
    told = {
        render_status(status, environment): f"sparkjob show 01JD{there}",
        render_summary([run], seconds=1, data=".data/", spark_started=True): f"sparkjob show 01JD{there}",
        render_show(run): f"sparkjob run clean_flights+ --interval {run.interval}{there}",
    }
    for text, command in told.items():
        assert any(line.partition("   after")[0].rstrip().endswith(command) for line in text.splitlines()), (
            text
        )
