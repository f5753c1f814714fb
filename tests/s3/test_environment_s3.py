"""Stores and secrets against an S3 and Secrets Manager server on this machine."""

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from framework.environment.fetch import build_secret
from framework.environment.location import Location
from framework.environment.objects import find_object, list_objects, objects_at, put_if_absent, read_object
from framework.errors import MisconfiguredError


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of a server that has nothing in it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The process's ordinary AWS settings point at the server."""
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "AKIAPLAIN",
        "AWS_SECRET_ACCESS_KEY": "verysecretkey",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return endpoint


@pytest.fixture(params=["keys", "chain"])
def lake(request: pytest.FixtureRequest, aws: str) -> Location:
    """A store with keys of its own, and one that uses the process's."""
    boto3.client("s3").create_bucket(Bucket="lake")
    options = {"AWS_ENDPOINT_URL": aws, "AWS_REGION": "us-east-1"}
    if request.param == "keys":
        options |= {"AWS_ACCESS_KEY_ID": "AKIAPLAIN", "AWS_SECRET_ACCESS_KEY": "verysecretkey"}
    return Location(uri=f"s3://lake/{request.param}", options=options)


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
