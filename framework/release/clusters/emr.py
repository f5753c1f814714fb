"""A step on a cluster of EMR on EC2."""

from dataclasses import dataclass
from typing import Any

from framework.environment.aws import aws_client
from framework.environment.release import Emr
from framework.manifest.renderers.emr_request import step_request, step_role, step_words
from framework.release.clusters.diagnostics import exit_code_in
from framework.release.clusters.services import follow, read_log, service_errors, told
from framework.release.submission import End, Submission, Tell

_ENDS = frozenset({"COMPLETED", "CANCELLED", "FAILED", "INTERRUPTED"})
"""States of a step that do not change any more (EMR API Reference, StepStatus)."""


@dataclass(frozen=True)
class EmrLaunch:
    """Adds one step and waits for it."""

    cluster: Emr

    def __call__(self, submission: Submission, tell: Tell) -> End:
        """See `Launch`."""
        settings = submission.settings(lambda place: place.uri)
        words = step_words(
            submission.job,
            submission.deployment,
            settings,
            interval=submission.interval,
            extra=submission.extra,
        )
        with service_errors(f"EMR, cluster {self.cluster.id}"):
            client: Any = aws_client("emr", region=self.cluster.region)
            added = client.add_job_flow_steps(
                JobFlowId=self.cluster.id,
                Steps=[step_request(submission.job.name, words)],
                **step_role(submission.job, submission.deployment),
            )
        step = added["StepIds"][0]
        state = follow(lambda: self._status(client, step)["State"], _ENDS, f"step {step}", tell)
        if state == "COMPLETED":
            return End(succeeded=True)
        said = told(lambda: self._log(client, step))
        return End(succeeded=False, code=exit_code_in(said), said=said)

    def _status(self, client: Any, step: str) -> dict[str, Any]:
        with service_errors(f"EMR, step {step}"):
            found: dict[str, Any] = client.describe_step(ClusterId=self.cluster.id, StepId=step)
        status: dict[str, Any] = found["Step"]["Status"]
        return status

    def _log(self, client: Any, step: str) -> str:
        """What spark-submit said on the cluster's first machine; EMR brings it to S3 within minutes."""
        details = self._status(client, step).get("FailureDetails", {})
        with service_errors(f"EMR, cluster {self.cluster.id}"):
            cluster = client.describe_cluster(ClusterId=self.cluster.id)["Cluster"]
        lines = [text for key in ("Reason", "Message") if (text := details.get(key))]
        if cluster.get("LogUri"):
            place = f"{cluster['LogUri'].rstrip('/')}/{self.cluster.id}/steps/{step}/stderr.gz"
            lines.append(read_log(place))
        return "\n".join(lines)
