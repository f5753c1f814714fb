"""The flights project on S3, no job changed: Spark, the driver and every record on the same server."""

import json
import os
import re
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest
from deltalake import DeltaTable

from framework.environment.location import Location
from framework.environment.objects import list_objects, read_object
from tests.faults.processes import Driver
from tests.s3.serving import KEYS, ROOT, S3, SECRET
from tests.support.project import SmallProject

RUN = ("run", "+daily_carrier", "+weather_delay", "--env", "s3", "--interval", "2013-01-01/2013-01-03")
FLIGHTS = SmallProject(ROOT)


@pytest.fixture
def bucket(s3: S3) -> Location:
    """A bucket with the flights' CSV files below raw/."""
    bucket = s3.new_bucket()
    for file in sorted((ROOT / ".data/raw").glob("*.csv")):
        s3.client.upload_file(str(file), bucket.name, f"raw/{file.name}")
    return bucket


@pytest.fixture
def environment(
    s3: S3, bucket: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Mapping[str, str]:
    """What a process is told: the bucket and the server by variables, the keys by a profile."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    keys = (f"{name.lower()} = {KEYS[name]}" for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
    profile = tmp_path / "credentials"
    profile.write_text("\n".join(["[tests]", *keys, ""]))
    return {
        "SPARKJOB_BUCKET": bucket.name,
        "AWS_ENDPOINT_URL": s3.endpoint,
        "AWS_REGION": KEYS["AWS_REGION"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": str(profile),
        "AWS_PROFILE": "tests",
    }


def _count(bucket: Location, dataset: str) -> int:
    uri, options = bucket.child(f"lake/{dataset}").for_deltalake
    return DeltaTable(uri, storage_options=options).count()


def test_flights_run_on_s3_are_killed_and_run_again(bucket: Location, environment: Mapping[str, str]) -> None:
    """Killed between two outputs, run again to the rows of one clean run; then nothing is left to do."""
    with Driver(FLIGHTS, *RUN, hold="published flights.clean", environment=environment) as first:
        os.killpg(first.process.pid, signal.SIGKILL)
    with Driver(FLIGHTS, *RUN, environment=environment) as second:
        ended = second.end()
    assert ended.code == 0, ended.out + ended.err
    assert re.search(r"land_flights +unchanged", ended.out)
    assert _count(bucket, "flights.raw") == 1_785
    assert (_count(bucket, "flights.clean"), _count(bucket, "flights.cancelled")) == (1_773, 12)
    assert _count(bucket, "flights.daily_carrier") == 28

    with Driver(FLIGHTS, *RUN, environment=environment) as third:
        idle = third.end()
    assert idle.code == 0
    assert re.search(r"^\d+ unchanged in .* \(Spark was not started\)$", idle.out, re.MULTILINE)
    assert SECRET not in ended.out + ended.err + idle.out + idle.err

    kept = {each.path: read_object(bucket, each.path) or b"" for each in list_objects(bucket, "lake")}
    assert not any(SECRET.encode() in content for content in kept.values())
    committed = [json.loads(content) for path, content in kept.items() if path.endswith("/_SUCCESS")]
    assert {said["committer"] for said in committed} == {"magic"}
    assert not any("__magic" in path for path in kept)
    assert any(path.startswith("lake/sparkjob/") for path in kept)
