"""Stores and secrets against an S3 and Secrets Manager server on this machine."""

import boto3
import pytest
from deltalake import DeltaTable, Field, Schema

from framework.environment.fetch import build_secret
from framework.environment.location import Location
from framework.environment.objects import find_object, list_objects, objects_at, put_if_absent, read_object
from framework.errors import MisconfiguredError
from tests.s3.serving import KEYS, S3, SECRET


@pytest.fixture
def aws(s3: S3, monkeypatch: pytest.MonkeyPatch) -> str:
    """The process's ordinary AWS settings point at the server."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3.endpoint,
        "AWS_ACCESS_KEY_ID": KEYS["AWS_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return s3.endpoint


@pytest.fixture(params=["keys", "chain"])
def lake(request: pytest.FixtureRequest, s3: S3, aws: str, monkeypatch: pytest.MonkeyPatch) -> Location:
    """A store with keys of its own, where the process has others, and one that uses the process's."""
    bucket = s3.new_bucket()
    options = {"AWS_ENDPOINT_URL": aws, "AWS_REGION": "us-east-1"}
    if request.param == "keys":
        options |= {name: KEYS[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "verysecretkey")
    return Location(uri=f"{bucket.uri}/{request.param}", options=options)


def test_objects_on_s3(lake: Location) -> None:
    """Put if absent, read, list and look, below the store's prefix; names are kept as they are."""
    assert put_if_absent(lake, "t/x y%20=1", b"run 1")
    assert put_if_absent(lake, "t/x y%20=1", b"run 1")
    assert not put_if_absent(lake, "t/x y%20=1", b"run 2")
    assert read_object(lake, "t/x y%20=1") == b"run 1"
    assert read_object(lake, "t/none") is None
    assert find_object(lake, "t/none") is None
    (found,) = list_objects(lake, "t")
    assert (found.path, found.size) == ("t/x y%20=1", 5)
    assert [each.path for each in objects_at(lake.child("t/x y%20=1"))] == [""]


def test_a_bucket_that_does_not_exist_is_64(lake: Location) -> None:
    """Reading, writing and listing say so, without an address or a key."""
    nowhere = Location(uri="s3://no-such-bucket/x", options=lake.options)
    for act in (
        lambda: read_object(nowhere, "a"),
        lambda: put_if_absent(nowhere, "a", b""),
        lambda: list_objects(nowhere),
    ):
        with pytest.raises(MisconfiguredError, match=r"^s3://no-such-bucket/x: the bucket does not exist$"):
            act()


def test_secrets_manager(aws: str) -> None:
    """A whole secret, and one key of a JSON secret."""
    client = boto3.client("secretsmanager")
    client.create_secret(Name="prod/dwh", SecretString='{"user": "etl", "password": "open-sesame"}')
    client.create_secret(Name="token", SecretString="just-text")
    assert (
        build_secret("${secret:aws-sm:prod/dwh#password}", process={}, where=None).reveal() == "open-sesame"
    )
    assert build_secret("${secret:aws-sm:token}", process={}, where=None).reveal() == "just-text"
    for reference, said in {
        "prod/dwh#nope": 'has no key "nope"',
        "token#key": 'has no key "key"',
        "nowhere": "there is no such secret",
    }.items():
        with pytest.raises(MisconfiguredError, match=said) as caught:
            build_secret(f"${{secret:aws-sm:{reference}}}", process={}, where=None).reveal()
        assert "sesame" not in str(caught.value)
        assert "just-text" not in str(caught.value)


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_every_library_goes_to_the_server_that_the_process_names(
    s3: S3, aws: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A store without settings of its own: obstore, deltalake and Spark are told the same address."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv(variable, aws)
    bucket = s3.new_bucket().name
    plain = Location(uri=f"s3://{bucket}/t")
    prefix = f"spark.hadoop.fs.s3a.bucket.{bucket}"
    assert put_if_absent(plain, "a", b"1")
    uri, options = plain.for_deltalake
    DeltaTable.create(uri, Schema([Field("a", "integer")]), storage_options=options)
    assert DeltaTable(uri, storage_options=options).version() == 0
    assert plain.spark_settings == {
        f"{prefix}.endpoint": aws,
        f"{prefix}.endpoint.region": "us-east-1",
        f"{prefix}.path.style.access": "true",
        f"{prefix}.connection.ssl.enabled": "false",
        f"{prefix}.change.detection.mode": "server",
    }


def test_marks_of_folders_are_no_objects(s3: S3) -> None:
    """What s3a and consoles leave to mark a folder is not listed; an empty file is."""
    place = s3.new_bucket()
    for key in ("t/data/", "t/data/run/", "t/data/run/empty", "t/data/run/part"):
        s3.client.put_object(Bucket=place.name, Key=key, Body=b"x" if key.endswith("part") else b"")
    for location, below in ((place, "t"), (place, "t/data/run"), (place.child("t"), None)):
        assert [each.path.rpartition("/")[2] for each in list_objects(location, below)] == ["empty", "part"]
