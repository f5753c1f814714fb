"""`sparkjob doctor` on S3: what a store does otherwise than it must is named, and nothing is left behind."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import boto3
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from framework.doctor.finding import Finding
from framework.doctor.stores import examine_store
from framework.environment.location import Location
from tests.s3.faulty import Fault
from tests.s3.serving import S3, SECRET
from tests.support.calling import Caller, calling

LAKE = """
    stores:
      lake: {uri: "s3://${env:BUCKET}/lake"}
      raw: {uri: "s3://${env:BUCKET}/raw"}
"""


@pytest.fixture
def bucket(s3: S3) -> Location:
    """A bucket of the test's own."""
    return s3.new_bucket()


def _examined(bucket: Location) -> list[Finding]:
    found = list(examine_store("lake", bucket.child("lake")))
    assert SECRET not in repr(found)
    return found


def _keys(s3: S3, bucket: Location) -> list[str]:
    listed = s3.client.list_objects_v2(Bucket=bucket.name).get("Contents", ())
    return [each["Key"] for each in listed]


def test_a_sound_store_is_good_and_left_as_it_was(s3: S3, bucket: Location) -> None:
    """One good finding; no object is left."""
    assert [each.state for each in _examined(bucket)] == ["good"]
    assert _keys(s3, bucket) == []


@pytest.mark.parametrize(
    ("fault", "state", "says"),
    [
        (Fault("^PUT", "denied", 99), "fault", "write: .* permission denied"),
        (Fault("^GET /t-[^/]+$", "denied", 99), "fault", "list: .* permission denied"),
        (Fault("^GET .*/object$", "denied", 99), "fault", "read: .* permission denied"),
        (Fault("^(DELETE|POST) ", "denied", 99), "fault", "delete: .* permission denied"),
        (Fault("^PUT", "unfenced", 99), "fault", "was written again"),
        (Fault("^PUT .*/raced$", "unfenced", 99), "fault", "of 8 that created one object at once"),
        (Fault("^GET .*/object$", "stale"), "fault", "just written is not read"),
        (Fault("^HEAD", "skewed", 99), "fault", r"36\d\d s apart|3599 s apart"),
    ],
    ids=lambda each: each.action if isinstance(each, Fault) else None,
)
def test_each_fault_of_a_store_is_named(
    s3: S3, bucket: Location, fault: Fault, state: str, says: str
) -> None:
    """What is denied, what is not atomic, whose clock is wrong: with its cure."""
    with s3.faults(fault):
        found = [each for each in _examined(bucket) if each.state != "good"]
    assert [each.state for each in found] == [state], found
    assert re.search(says, found[0].what)
    assert found[0].hint


@pytest.fixture
def sparkjob(
    s3: S3,
    bucket: Location,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Caller]:
    """The small project, whose environment `s3` is the bucket."""
    for name, value in {**s3.environment, "BUCKET": bucket.name}.items():
        monkeypatch.setenv(name, value)
    with calling(tmp_path / "project", monkeypatch, capsys) as caller:
        caller.project.write("configs/s3.yml", LAKE)
        yield caller


def test_spark_s_commits_on_s3_are_a_fault(sparkjob: Caller, s3: S3, bucket: Location) -> None:
    """Whoever commits without a condition can break the protocol; a source that is missing is a warning."""
    uri, options = bucket.child("lake/small.total").for_deltalake
    write_deltalake(uri, pa.table({"day": ["2013-01-01"]}), storage_options=options)
    key = "lake/small.total/_delta_log/00000000000000000000.json"
    log = s3.client.get_object(Bucket=bucket.name, Key=key)["Body"].read().decode()
    engine = json.loads(next(line for line in log.splitlines() if "commitInfo" in line))["commitInfo"]
    spark = log.replace(engine["engineInfo"], "Apache-Spark/4.0.2 Delta-Lake/4.0.1")
    s3.client.put_object(Bucket=bucket.name, Key=key, Body=spark.encode())
    assert DeltaTable(uri, storage_options=options).version() == 0
    before = _keys(s3, bucket)

    told = sparkjob("doctor", "--env", "s3", "--json")
    assert told.code == 64, told.err
    found = {(each["state"], each["about"]): each for each in json.loads(told.out)}
    assert found["good", "state"]
    assert found["warning", "source.readings"]["what"].startswith("is not there yet")
    faults = [each["what"] for each in json.loads(told.out) if each["state"] == "fault"]
    assert any("was not made by sparkjob" in each for each in faults)
    assert any("Delta-Lake/4.0.1, 1 times" in each and "replace one of ours" in each for each in faults)
    assert _keys(s3, bucket) == before


def test_a_catalog_that_could_not_be_told_is_a_fault(sparkjob: Caller, s3: S3) -> None:
    """A database that nobody has made, and one that is there."""
    dataset = """
    datasets:
      small.total: {catalog: {type: glue, database: doctors}}
"""
    sparkjob.project.write("configs/s3.yml", LAKE + dataset)

    def said(state: str) -> list[str]:
        found = json.loads(sparkjob("doctor", "--env", "s3", "--json").out)
        return [f["what"] for f in found if (f["state"], f["about"]) == (state, "small.total")]

    assert "there is no such database" in said("fault")[0]
    glue = boto3.client("glue", region_name="us-east-1")
    glue.create_database(DatabaseInput={"Name": "doctors"})
    assert "doctors.small_total in AWS Glue is there" in said("good")[0]
    glue.delete_database(Name="doctors")
