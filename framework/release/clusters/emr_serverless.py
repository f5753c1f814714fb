"""A job run of EMR Serverless."""

from dataclasses import dataclass
from typing import Any

from framework.environment.aws import aws_client
from framework.environment.release import EmrServerless
from framework.manifest.renderers.emr_request import serverless_request
from framework.release.clusters.diagnostics import exit_code_in
from framework.release.clusters.services import follow, read_log, service_errors, told
from framework.release.submission import End, Submission, Tell

_ENDS = frozenset({"SUCCESS", "FAILED", "CANCELLED"})
"""States of a job run that do not change any more (EMR Serverless API Reference, JobRun)."""


@dataclass(frozen=True)
class EmrServerlessLaunch:
    """Starts one job run and waits for it."""

    cluster: EmrServerless

    def __call__(self, submission: Submission, tell: Tell) -> End:
        """See `Launch`."""
        settings = {
            **submission.settings(lambda place: place.uri),
            "application-id": self.cluster.application,
            "execution-role": self.cluster.role,
        }
        request = serverless_request(
            submission.job,
            submission.deployment,
            settings,
            interval=submission.interval,
            extra=submission.extra,
        )
        with service_errors(f"EMR Serverless, application {self.cluster.application}"):
            client: Any = aws_client("emr-serverless", region=self.cluster.region)
            run = client.start_job_run(**request)["jobRunId"]
        state = follow(lambda: str(self._run(client, run)["state"]), _ENDS, f"job run {run}", tell)
        if state == "SUCCESS":
            return End(succeeded=True)
        details = told(lambda: str(self._run(client, run).get("stateDetails") or ""))
        log = told(lambda: self._log(client, run))
        return End(succeeded=False, code=exit_code_in(details), said=f"{details}\n{log}".strip())

    def _run(self, client: Any, run: str) -> dict[str, Any]:
        with service_errors(f"EMR Serverless, job run {run}"):
            found = client.get_job_run(applicationId=self.cluster.application, jobRunId=run)
        job_run: dict[str, Any] = found["jobRun"]
        return job_run

    def _log(self, client: Any, run: str) -> str:
        """The driver's stderr, where the application is told to bring its logs to S3."""
        with service_errors(f"EMR Serverless, application {self.cluster.application}"):
            found = client.get_application(applicationId=self.cluster.application)["application"]
        monitoring = found.get("monitoringConfiguration", {}).get("s3MonitoringConfiguration", {})
        if not monitoring.get("logUri"):
            return ""
        folder = f"applications/{self.cluster.application}/jobs/{run}/SPARK_DRIVER"
        return read_log(f"{monitoring['logUri'].rstrip('/')}/{folder}/stderr.gz")
