"""Steps of a cluster on EMR, in an order in which each job is after those that it reads from.

A step that fails lets the others go on (CONTINUE): what waits for it is not ready and ends with 75,
and all else is done. See docs/emr.md.
"""

from collections.abc import Iterator, Mapping

from framework.manifest.deployment import Deployment, ScheduledJobs
from framework.manifest.model import Manifest
from framework.manifest.renderers.commands import require_start
from framework.manifest.renderers.emr_request import (
    CHOSEN_INTERVAL,
    CLUSTER,
    JAR,
    require_remote_root,
    step_request,
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
    """`<project>_<env>_<schedule>.json`; further ones are numbered when there are too many steps."""
    refuse_triggered(deployment, "A cluster")
    require_remote_root(settings)
    schedules = deployment.schedules.values()
    names = [name for schedule in schedules for name in schedule.jobs]
    require_start(manifest, names, kinds=("command", "spark"), scheduler="A step on EMR")
    return {
        path: text
        for schedule in schedules
        for path, text in _files(manifest, deployment, schedule, settings)
    }


def _files(
    manifest: Manifest, deployment: Deployment, schedule: ScheduledJobs, settings: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    interval = settings["interval"] or f"{schedule.name}@now"
    steps: list[object] = []
    for name in schedule.jobs:
        words = step_words(manifest.jobs[name], deployment, settings, interval=interval)
        step = step_request(name, words)
        if settings["form"] == "cli":
            on_failure = {"Name": name, "ActionOnFailure": step["ActionOnFailure"]}
            step = {"Type": "CUSTOM_JAR", **on_failure, "Jar": JAR, "Args": list(words)}
        steps.append(step)
    stem = f"{deployment.project}_{deployment.environment}_{schedule.name}"
    for start in range(0, len(steps), MOST):
        part: object = steps[start : start + MOST]
        if settings["form"] != "cli":
            part = {"JobFlowId": settings["cluster-id"], "Steps": part}
        number = start // MOST + 1
        yield f"{stem}.json" if number == 1 else f"{stem}_{number}.json", render_json(part)


TARGET = Target(settings=(RELEASE, ARCHIVE, CLUSTER, CHOSEN_INTERVAL, FORM), render=render_emr_steps)
