"""What a person is told when S3 cannot be used: the outcome, the place, what to do; never a key."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from framework.environment.location import Location
from tests.s3.faulty import Fault
from tests.s3.serving import S3, SECRET
from tests.support.calling import Caller, calling
from tests.support.project import SmallProject, make_project

S3_YML = """
    stores:
      lake: {uri: "s3://${env:BUCKET}/lake"}
      raw: {uri: "s3://${env:BUCKET}/raw"}
    example_interval: 2013-01-01/2013-01-03
"""


@pytest.fixture
def bucket(s3: S3) -> Location:
    """A bucket with the small project's source."""
    return s3.new_bucket()


@pytest.fixture
def environment(s3: S3, bucket: Location) -> Mapping[str, str]:
    """What a process is told of the server and the bucket."""
    return {**s3.environment, "BUCKET": bucket.name}


def _with_source(project: SmallProject, s3: S3, bucket: Location) -> SmallProject:
    project.write("configs/s3.yml", S3_YML)
    s3.client.upload_file(str(project.root / ".data/raw/readings.csv"), bucket.name, "raw/readings.csv")
    return project


@pytest.fixture
def sparkjob(
    s3: S3,
    bucket: Location,
    environment: Mapping[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Caller]:
    """The command line in the small project, whose environment `s3` is the bucket."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with calling(tmp_path / "project", monkeypatch, capsys) as caller:
        _with_source(caller.project, s3, bucket)
        yield caller


RUN = ("run", "split", "--env", "s3")


def test_a_bucket_that_does_not_exist(sparkjob: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """64 before Spark is started, with the place and what to do."""
    monkeypatch.setenv("BUCKET", "no-such-bucket")
    told = sparkjob(*RUN)
    assert told.code == 64
    assert "s3://no-such-bucket/lake/small.good" in told.out + told.err
    assert "the bucket does not exist" in told.out + told.err
    assert "Hint: create the bucket, or correct the uri of the store in configs/" in told.out + told.err


def test_no_right_to_look(sparkjob: Caller, s3: S3) -> None:
    """64: trying again does not help."""
    with s3.faults(Fault(match="GET ", action="denied", times=1000)):
        told = sparkjob(*RUN)
    assert told.code == 64
    assert "permission denied" in told.out + told.err
    assert "Hint: give this user or role the right" in told.out + told.err
    assert SECRET not in told.out + told.err


def test_a_server_that_is_away(sparkjob: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """75: the same run may succeed later."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    told = sparkjob(*RUN)
    assert told.code == 75
    assert "the store did not answer" in told.out + told.err
    assert "Connection refused" in told.out + told.err
    assert SECRET not in told.out + told.err


def test_no_right_to_write_the_stage(
    s3: S3, bucket: Location, environment: Mapping[str, str], tmp_path: Path
) -> None:
    """What Spark may not write is told as the driver tells it, and nothing is published."""
    project = _with_source(make_project(tmp_path / "project"), s3, bucket)
    with s3.faults(Fault(match=r"(PUT|POST) .*/data/", action="denied", times=10_000)):
        told = project.call(*RUN, environment=environment)
    assert told.returncode == 64, told.stdout + told.stderr
    assert "permission denied" in told.stdout
    assert SECRET not in told.stdout + told.stderr
