"""The rights that `sparkjob grants` names are enough for a job, and each of them is needed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from framework.environment.location import Location
from framework.environment.objects import list_objects
from tests.s3.serving import KEYS, ROOT, S3

JOBS = (
    *("land_reference", "land_flights", "land_weather", "clean_flights"),
    *("daily_carrier", "weather_delay", "fleet_use", "delay_report"),
)
pytestmark = pytest.mark.exhaustive  # eight jobs, each several times
KEY = "AKIAJOB"
AFTER_A_FAILURE = {"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}
"""A run that goes well has no need of them; nor does it read the state, where a killed one left an intent."""


class Account:
    """The flights project on a bucket, its jobs run by a role of their own."""

    def __init__(self, s3: S3, bucket: Location) -> None:
        self.s3, self.bucket = s3, bucket

    def call(self, *arguments: str, key: str = KEY) -> "subprocess.CompletedProcess[str]":
        """`sparkjob` as who signs with `key`."""
        return subprocess.run(
            [sys.executable, "-m", "framework.cli.main", *arguments, "--env", "s3"],
            cwd=ROOT,
            env={
                **os.environ,
                **KEYS,
                "AWS_ACCESS_KEY_ID": key,
                "AWS_ENDPOINT_URL": self.s3.endpoint,
                "SPARKJOB_BUCKET": self.bucket.name,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def policy(self, job: str) -> dict[str, Any]:
        """The document that the product writes."""
        told = self.call("grants", job, "--json", key=KEYS["AWS_ACCESS_KEY_ID"])
        assert told.returncode == 0, told.stderr
        policy = json.loads(told.stdout)["policy"]
        assert isinstance(policy, dict)
        return policy

    def run(self, job: str, policy: Mapping[str, Any]) -> "subprocess.CompletedProcess[str]":
        """A run of the job under that policy, made anew whatever is published."""
        self.s3.police({KEY: policy})
        return self.call("run", job, "--force", "--interval", "2013-01")


@pytest.fixture(scope="module")
def account(s3: S3) -> Iterator[Account]:
    """The flights project on a bucket of its own, where its files are."""
    bucket = s3.new_bucket()
    for file in sorted(Path(ROOT, ".data/raw").glob("*.csv")):
        s3.client.upload_file(str(file), bucket.name, f"raw/{file.name}")
    yield Account(s3, bucket)
    s3.police({})


def test_each_job_needs_all_of_its_policy_and_nothing_else(account: Account) -> None:
    """Eight jobs run under eight policies; every action of every statement was the only way for a request."""
    for job in JOBS:
        policy = account.policy(job)
        ended = account.run(job, policy)
        seen = account.s3.policed()
        refused = [each.need for each in seen if not each.by]
        assert ended.returncode == 0, (job, ended.stdout, ended.stderr, refused)
        assert refused == [], job
        for number, statement in enumerate(policy["Statement"]):
            needed = {each.need.action for each in seen if each.by == (number,)}
            if any(arn.endswith("/lake/sparkjob/*") for arn in statement["Resource"]):
                needed.add("s3:GetObject")
            assert set(statement["Action"]) - needed <= AFTER_A_FAILURE, (job, statement)


def test_without_a_statement_a_run_says_so_or_leaves_something_behind(account: Account) -> None:
    """What a run cannot do without is asked for before anything is published."""
    policy = account.policy("land_weather")
    statements = policy["Statement"]
    assert len(statements) == 6
    for number, without in enumerate(statements):
        rest = {**policy, "Statement": [*statements[:number], *statements[number + 1 :]]}
        ended = account.run("land_weather", rest)
        told = ended.stdout + ended.stderr
        place = without["Resource"][0]
        assert "Traceback" not in told
        if without["Action"] == ["s3:ListBucketMultipartUploads"]:  # to end what a killed task has begun
            assert ended.returncode == 0, told
        elif place.endswith("/data/*"):
            assert ended.returncode == 0, told
            assert any("__magic" in each.path for each in list_objects(account.bucket, "lake/weather.raw"))
        elif place.endswith("/sparkjob/*"):
            assert ended.returncode == 0, told
            assert "the run record could not be kept" in told
        else:
            assert ended.returncode == 64, told
            assert "permission denied" in told


def test_what_belongs_to_others_is_refused(account: Account) -> None:
    """A job's role reaches no dataset that the job does not name."""
    account.s3.police({KEY: account.policy("land_weather")})
    for other in ("flights.clean", "flights.raw"):
        told = account.call("history", f"dataset:{other}")
        assert told.returncode != 0, told.stdout
        assert "permission denied" in told.stdout + told.stderr
