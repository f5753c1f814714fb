"""An operator that runs one job by spark-submit and says in Airflow how it ended."""

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import quote

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import BaseOperatorLink, Context
from airflow.sdk.exceptions import AirflowFailException

from framework.airflow.results import FINAL, tell_result
from framework.outcome import Outcome


class ResultLink(BaseOperatorLink):
    """The button "Result" of a task: the run's result, in the console of S3 where it is there."""

    name = "Result"

    def get_link(self, operator: "SparkJobOperator", *, ti_key: object) -> str:  # noqa: ARG002 - Airflow says it so
        """An address that a browser opens; `operator` with its templates filled in."""
        bucket, _, key = operator.result.removeprefix("s3://").partition("/")
        if not operator.result.startswith("s3://"):
            return f"file://{quote(operator.result.removeprefix('file://'))}"
        return f"https://s3.console.aws.amazon.com/s3/object/{bucket}?prefix={quote(key)}"


class SparkJobOperator(SparkSubmitOperator):
    """One job of a project, in client or cluster mode: retried only where that helps.

    `application`: its file, as `<root>/jobs/<job>.py`; `interval` and `result` may be templates.
    `result`: where the run tells its outcome, on S3 or on a path that driver and worker both see; give
    each try a name of its own (`…/{{ run_id }}/{{ ti.try_number }}`). `options` are those of
    `SparkSubmitOperator`.

    Rejected, failed and misconfigured runs (65, 70, 64) raise `AirflowFailException`, which is never
    retried. A run without a result is retried, as it may have been killed.
    """

    template_fields: Sequence[str] = (*SparkSubmitOperator.template_fields, "result")
    operator_extra_links: ClassVar = (ResultLink(),)

    def __init__(
        self,
        *,
        job: str,
        env: str,
        interval: str,
        result: str,
        aws_conn_id: str = "aws_default",
        **options: object,
    ) -> None:
        words = ["--job", job, "--env", env, "--interval", interval, "--result", result]
        # In cluster mode the provider's own default, durable, raises unless YARN's REST API is configured.
        super().__init__(**{"name": job, "durable": False, "application_args": words, **options})
        self.result = result
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> None:
        """Run the job and log its checks.

        Raises what SparkSubmitOperator raises, or `AirflowFailException` where a retry is of no use.
        """
        try:
            super().execute(context)
        except Exception as error:
            outcome = tell_result(self.result, self.aws_conn_id, self.log) or self._ended()
            if outcome in FINAL:
                raise AirflowFailException(f"{outcome.value}: {self.result}") from error
            raise
        tell_result(self.result, self.aws_conn_id, self.log)

    def _ended(self) -> Outcome | None:
        """By spark-submit's exit code, in client mode the job's: a run that cannot begin leaves no result."""
        code = getattr(getattr(self._hook, "_submit_sp", None), "returncode", None)
        return next((outcome for outcome in FINAL if outcome.exit_code == code), None)
