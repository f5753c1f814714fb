"""What a run left at its `--result`: read through Airflow's connections, told in the task's log."""

import json
from logging import Logger
from pathlib import Path
from typing import Final

from framework.outcome import Outcome
from framework.present.show import render_show
from framework.record.document import parse_record

FINAL: Final = (Outcome.MISCONFIGURED, Outcome.REJECTED, Outcome.FAILED)
"""After these another try would end the same."""


def tell_result(uri: str, aws_conn_id: str, log: Logger) -> Outcome | None:
    """Log how the run ended and what its checks found; its outcome.

    None when there is no result, or none that can be read: the run was killed, or the store is away.
    `uri`: on S3, or a path that the worker sees.
    """
    try:
        text = _read(uri, aws_conn_id)
        record, passed = parse_record(text), int(json.loads(text)["passed"])
    except Exception as error:  # noqa: BLE001  a task fails by its job, never by its result
        log.warning("no result at %s: %s", uri, error)
        return None
    log.info("%s\n%s", uri, render_show(record, passed=passed))
    return record.outcome


def _read(uri: str, aws_conn_id: str) -> str:
    if not uri.startswith("s3://"):
        return Path(uri.removeprefix("file://")).read_text()
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return str(S3Hook(aws_conn_id).read_key(key, bucket))
