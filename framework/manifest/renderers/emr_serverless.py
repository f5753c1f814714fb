"""Requests of EMR Serverless: one for each job of a schedule, and the graph that says in which order."""

from collections.abc import Iterator, Mapping

from framework.manifest.deployment import Deployment, ScheduledJobs
from framework.manifest.model import Manifest
from framework.manifest.renderers.commands import require_start, upstream_in
from framework.manifest.renderers.emr_request import (
    APPLICATION,
    CHOSEN_INTERVAL,
    ROLE,
    require_remote_root,
    require_roles,
    serverless_request,
)
from framework.manifest.renderers.json_text import render_json
from framework.manifest.renderers.target import ARCHIVE, RELEASE, Target, refuse_triggered


def render_emr_serverless(
    manifest: Manifest, deployment: Deployment, settings: Mapping[str, str]
) -> Mapping[str, str]:
    """`<project>_<env>_<schedule>/<job>.json` for `start-job-run --cli-input-json`.

    Beside them `jobs.graph.json`: by job the jobs that it waits for.
    """
    refuse_triggered(deployment, "EMR Serverless")
    require_remote_root(settings)
    schedules = deployment.schedules.values()
    names = [name for schedule in schedules for name in schedule.jobs]
    require_start(manifest, names, kinds=("spark",), scheduler="EMR Serverless")
    require_roles(names, deployment, settings)
    return {
        f"{deployment.project}_{deployment.environment}_{schedule.name}/{path}": render_json(value)
        for schedule in schedules
        for path, value in _files(manifest, deployment, schedule, settings)
    }


def _files(
    manifest: Manifest, deployment: Deployment, schedule: ScheduledJobs, settings: Mapping[str, str]
) -> Iterator[tuple[str, object]]:
    yield "jobs.graph.json", {name: upstream_in(manifest, schedule, name) for name in schedule.jobs}
    interval = settings["interval"] or f"{schedule.name}@now"
    for name in schedule.jobs:
        request = serverless_request(manifest.jobs[name], deployment, settings, interval=interval)
        yield f"{name}.json", request


TARGET = Target(settings=(RELEASE, ARCHIVE, APPLICATION, ROLE, CHOSEN_INTERVAL), render=render_emr_serverless)
