"""Starts one job on the environment's cluster and learns how it ended, whatever the cluster tells.

A cluster mostly says only that an application failed. The run itself leaves its result at a place that is
chosen here before it starts; what is there decides.
"""

import json
import os
from dataclasses import dataclass

from framework.environment.environment import Environment
from framework.environment.objects import read_object
from framework.environment.release import Cluster, Emr, EmrServerless, Standalone, Yarn
from framework.errors import MisconfiguredError
from framework.outcome import Outcome
from framework.record.store import load_logs
from framework.release.clusters.emr import EmrLaunch
from framework.release.clusters.emr_serverless import EmrServerlessLaunch
from framework.release.clusters.standalone import StandaloneLaunch
from framework.release.clusters.yarn import launch_on_yarn
from framework.release.submission import End, Launch, Tell, load_submission

_LINES = 20
"""How much of a log's end is shown."""


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """The end of a submitted run: its exit code, its outcome if it left a result, and the end of its log."""

    code: int
    outcome: str | None
    log: str


def submit(
    environment: Environment, job: str, *, interval: str, run_id: str, arguments: tuple[str, ...], tell: Tell
) -> Submitted:
    """Run `job` of the current release with `arguments` behind the usual ones, as run `run_id`.

    Raises `MisconfiguredError` when nothing could be started, `RetryError` when a service is away.
    """
    if environment.cluster is None:
        raise MisconfiguredError(
            "there is no cluster to start it on",
            where=f"configs/{environment.name}.yml",
            hint="cluster: {type: emr, id: j-…}; docs/deploy.md has the other types.",
        )
    # Of its own, so that a run that is lost does not end as an earlier one of the same id.
    path = f"results/submitted/{job}/{run_id}-{os.urandom(4).hex()}.json"
    extra = (*arguments, "--run-id", run_id, "--result", f"{environment.state.uri}/{path}")
    submission = load_submission(environment, job, interval=interval, extra=extra)
    tell(f"release {submission.release.id} · {job} {interval} · run {run_id}".replace("  ", " "))
    end = _launch(environment.cluster)(submission, tell)
    text = read_object(environment.state, path)
    log = "".join(load_logs(environment.state, job, run_id))
    shown = "\n".join((log or end.said).splitlines()[-_LINES:])
    if text is None:
        return Submitted(code=_code_without_result(end), outcome=None, log=shown)
    result = json.loads(text)
    return Submitted(code=int(result["exit_code"]), outcome=str(result["outcome"]), log=shown)


def _launch(cluster: Cluster) -> Launch:
    match cluster:
        case Emr():
            return EmrLaunch(cluster)
        case EmrServerless():
            return EmrServerlessLaunch(cluster)
        case Yarn():
            return launch_on_yarn
        case Standalone():
            return StandaloneLaunch(cluster)


def _code_without_result(end: End) -> int:
    """0 when there was nothing to run; the code that the cluster tells; else it was lost, which is 75."""
    if end.succeeded:
        return 0
    known = {outcome.exit_code for outcome in Outcome} - {0}
    return end.code if end.code in known else Outcome.RETRY.exit_code
