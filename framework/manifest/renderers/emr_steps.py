"""Steps of a cluster on EMR, in an order in which each job is after those that it reads from.

A request has one role for all of its steps, so that another role begins another request.
A step that fails lets the others go on (CONTINUE): what waits for it is not ready and ends with 75,
and all else is done. See docs/emr.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from framework.errors import MisconfiguredError
from framework.manifest.deployment import Deployment, ScheduledJobs
from framework.manifest.model import JobDocument, Manifest
from framework.manifest.renderers.commands import require_start
from framework.manifest.renderers.emr_request import (
    CHOSEN_INTERVAL,
    CLUSTER,
    JAR,
    require_remote_root,
    step_request,
    step_role,
    step_words,
)
from framework.manifest.renderers.json_text import render_json
from framework.manifest.renderers.target import ARCHIVE, RELEASE, Setting, Target, refuse_triggered

MOST = 256
"""Steps in one request of AddJobFlowSteps (EMR API Reference)."""

FORM = Setting(
    name="form",
    default="request",
    choices=("request", "cli"),
    help="request: AddJobFlowSteps of an SDK; cli: for `aws emr add-steps --steps file://…`.",
)


def render_emr_steps(
    manifest: Manifest, deployment: Deployment, settings: Mapping[str, str]
) -> Mapping[str, str]:
    """`<project>_<env>_<schedule>.json`; further requests are numbered, in the order of the steps."""
    refuse_triggered(deployment, "A cluster")
    require_remote_root(settings)
    schedules = deployment.schedules.values()
    names = [name for schedule in schedules for name in schedule.jobs]
    require_start(manifest, names, kinds=("command", "spark"), scheduler="A step on EMR")
    if settings["form"] == "cli":
        _refuse_roles(manifest, deployment, names)
    return {
        path: text
        for schedule in schedules
        for path, text in _files(manifest, deployment, schedule, settings)
    }


def _refuse_roles(manifest: Manifest, deployment: Deployment, names: Sequence[str]) -> None:
    with_role = [name for name in dict.fromkeys(names) if step_role(manifest.jobs[name], deployment)]
    if with_role:
        raise MisconfiguredError(
            f"a list of steps cannot say the role of {', '.join(with_role)}",
            where=f"configs/{deployment.environment}.yml",
            hint="Leave --form cli out: the request of an SDK says it",
        )


def _files(
    manifest: Manifest, deployment: Deployment, schedule: ScheduledJobs, settings: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    stem = f"{deployment.project}_{deployment.environment}_{schedule.name}"
    requests = _requests(manifest, deployment, schedule, settings)
    for number, request in enumerate(requests, start=1):
        yield f"{stem}.json" if number == 1 else f"{stem}_{number}.json", render_json(request)


def _requests(
    manifest: Manifest, deployment: Deployment, schedule: ScheduledJobs, settings: Mapping[str, str]
) -> Iterator[object]:
    jobs = (manifest.jobs[name] for name in schedule.jobs)
    for role, group in groupby(jobs, key=lambda job: step_role(job, deployment)):
        steps = [_step(job, deployment, schedule, settings) for job in group]
        for start in range(0, len(steps), MOST):
            part = steps[start : start + MOST]
            if settings["form"] == "cli":
                yield part
            else:
                yield {"JobFlowId": settings["cluster-id"], **role, "Steps": part}


def _step(
    job: JobDocument, deployment: Deployment, schedule: ScheduledJobs, settings: Mapping[str, str]
) -> Mapping[str, object]:
    interval = settings["interval"] or f"{schedule.name}@now"
    words = step_words(job, deployment, settings, interval=interval)
    step = step_request(job.name, words)
    if settings["form"] == "cli":
        on_failure = {"Name": job.name, "ActionOnFailure": step["ActionOnFailure"]}
        return {"Type": "CUSTOM_JAR", **on_failure, "Jar": JAR, "Args": list(words)}
    return step


TARGET = Target(settings=(RELEASE, ARCHIVE, CLUSTER, CHOSEN_INTERVAL, FORM), render=render_emr_steps)
