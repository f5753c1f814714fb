"""A run that failed is told to a topic of AWS SNS."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.s3.serving import S3
from tests.support.calling import Caller, calling

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"


@pytest.fixture
def sparkjob(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Caller]:
    """The small project, whose failures go to the topic."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    with calling(tmp_path / "project", monkeypatch, capsys) as caller:
        local = caller.project.root / "configs/local.yml"
        local.write_text(f'{local.read_text()}on_failure: {{topic: "{TOPIC}"}}\n')
        yield caller


def test_a_subscriber_gets_the_alert(sparkjob: Caller) -> None:
    """With a subject that fits, and the same JSON as a webhook; a topic that is not there is a warning."""
    told = sparkjob("run", "total")
    assert told.code == 75
    assert told.err.count("warning: on_failure.topic was not told: ") == 1

    sns, sqs = (boto3.client(service, region_name="eu-west-1") for service in ("sns", "sqs"))
    assert sns.create_topic(Name="alerts")["TopicArn"] == TOPIC
    queue = sqs.create_queue(QueueName="alerts")["QueueUrl"]
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:123456789012:alerts")
    told = sparkjob("run", "total")
    assert told.code == 75
    assert "on_failure" not in told.err
    [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
    notice = json.loads(message["Body"])
    alert = json.loads(notice["Message"])
    assert (alert["job"], alert["outcome"], alert["next"]) == ("total", "retry", "sparkjob plan total")
    assert notice["Subject"] == alert["text"][:100]
