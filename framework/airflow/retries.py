"""A retry policy (Airflow 3.3) for any operator that runs a job and loses its exit code."""

import logging

from airflow.sdk import Context, RetryPolicy
from airflow.sdk.definitions.retry_policy import RetryDecision

from framework.airflow.results import FINAL, tell_result


class OutcomeRetryPolicy(RetryPolicy):
    """Retries what may end better: for operators of EMR, of Kubernetes, or a command.

    `result`: what the task gives its job as `--result`, a template; see `SparkJobOperator`. Without `.json`
    at its end, which operators of EMR take for a template's file.
    """

    def __init__(self, result: str, *, aws_conn_id: str = "aws_default") -> None:
        self.result = result
        self.aws_conn_id = aws_conn_id

    def evaluate(
        self,
        exception: BaseException,  # noqa: ARG002 - Airflow passes them by name
        try_number: int,  # noqa: ARG002
        max_tries: int,  # noqa: ARG002
        context: Context | None = None,
    ) -> RetryDecision:
        """Fail at once where the run's outcome is final; Airflow's own count of retries otherwise."""
        if context is None:
            return RetryDecision.default()
        uri = context["task"].render_template(self.result, context)
        outcome = tell_result(uri, self.aws_conn_id, logging.getLogger("airflow.task"))
        if outcome in FINAL:
            return RetryDecision.fail(f"{outcome.value}: {uri}")
        return RetryDecision.default()
