"""A run that failed, as a message to people: what, why, and the next command. Pure, but for the sending."""

import json
from collections.abc import Iterator

from framework.environment.aws import aws_client
from framework.environment.commands import for_interval, in_environment
from framework.environment.listeners import Alerts
from framework.environment.redaction import redact
from framework.notify.courier import Deliver, post
from framework.outcome import Outcome
from framework.record.record import RunRecord

TOLD = (Outcome.MISCONFIGURED, Outcome.FAILED, Outcome.REJECTED, Outcome.RETRY)
"""Outcomes of which people are told. A blocked job waits for one of them."""

_SUBJECT = 100
"""Characters of a subject (Amazon SNS API reference, Publish): ASCII, no line break."""
_LONGEST = 2000


def build_alert(record: RunRecord, project: str) -> dict[str, str | int]:
    """The message. `text` says it in a line, as chats show it."""
    reason = reason_of(record)
    span = "" if record.interval.is_whole else f" {record.interval}"
    text = f"{project} {record.environment}: {record.job}{span} {record.outcome.value}: {reason}"
    return {
        "version": 1,
        "text": text,
        "project": project,
        "environment": record.environment,
        "job": record.job,
        "interval": record.interval.key,
        "outcome": record.outcome.value,
        "exit_code": record.outcome.exit_code,
        "reason": reason,
        "next": next_command(record),
        "run_id": record.run_id,
        "ended": record.ended.isoformat(),
    }


def reason_of(record: RunRecord) -> str:
    """What its faults say, or else which checks stopped it."""
    whats = list(dict.fromkeys(fault.what for fault in record.faults))
    stopped = list(dict.fromkeys(str(v.expectation) for v in record.verdicts if v.stops))
    if stopped:
        whats.append(f"{len(stopped)} of {_checks(record)} checks: {', '.join(stopped)}")
    return redact("; ".join(whats) or record.outcome.value)[:_LONGEST]


def next_command(record: RunRecord) -> str:
    """`sparkjob show` of a run that began; of one that did not, its plan says why."""
    environment = in_environment(record.environment)
    if record.timings:
        return f"sparkjob show {record.run_id}{environment}"
    return f"sparkjob plan {record.job}{for_interval(record.interval)}{environment}"


def receivers_of(alerts: Alerts) -> Iterator[tuple[str, Deliver]]:
    """The receivers by the key that names them, and how each gets a message."""
    webhook, topic = alerts.webhook, alerts.topic
    if webhook is not None:
        yield "on_failure.webhook", lambda message: post(webhook.reveal(), message, headers={})
    if topic is not None:
        yield "on_failure.topic", lambda message: _publish(topic, message)


def _publish(topic: str, message: bytes) -> None:
    subject = str(json.loads(message)["text"]).encode("ascii", "replace").decode()
    line = "".join(letter if letter.isprintable() else " " for letter in subject)
    region = topic.split(":")[3]
    client = aws_client("sns", region=region)
    client.publish(TopicArn=topic, Subject=line[:_SUBJECT], Message=message.decode())


def _checks(record: RunRecord) -> int:
    return len({str(verdict.expectation) for verdict in record.verdicts})
