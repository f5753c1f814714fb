"""One location, rendered for Spark, obstore and deltalake."""

from pathlib import Path

import pytest
from obstore.store import S3Store

from framework.environment.location import Location
from framework.environment.secrets import RevealedOptions, Secret


@pytest.fixture(autouse=True)
def _no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is told of no server and no region."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("uri", "spark"),
    [
        ("/data/lake", "file:///data/lake"),
        ("/data/a b%20#ü+", "file:///data/a b%20#ü+"),
        ("s3://bucket/prefix/a b", "s3a://bucket/prefix/a b"),
    ],
)
def test_spark_gets_its_scheme_and_the_raw_path(uri: str, spark: str) -> None:
    """Hadoop's Path(String) escapes by itself: an escaped path would name another folder."""
    assert Location(uri=uri).for_spark == spark


def test_child_and_parent() -> None:
    """A child keeps the access settings of its store; the root of a store has no parent."""
    table = Location(uri="s3://b/lake", options={"AWS_REGION": "eu-west-1"}).child("flights")
    assert table == Location(uri="s3://b/lake/flights", options={"AWS_REGION": "eu-west-1"})
    assert (table.name, table.parent) == ("flights", Location(uri="s3://b/lake", options=table.options))
    assert Location(uri="s3://b").parent is None
    assert Location(uri="/data").parent is None
    assert Location(uri="memory://x").parent is None


def test_locations_are_hashable_and_differ_by_options() -> None:
    """Two stores may differ in their access settings alone."""
    one, other = Location(uri="s3://b"), Location(uri="s3://b", options={"AWS_REGION": "x"})
    assert len({one, other, Location(uri="s3://b")}) == 2


def test_store_on_disk_is_rooted_and_made(tmp_path: Path) -> None:
    """The folder is made, and names are written as they are."""
    Location(uri=f"{tmp_path}/a b/c%20").store().put("x/y=z 1.json", b"1")
    assert (tmp_path / "a b" / "c%20" / "x" / "y=z 1.json").read_bytes() == b"1"


def test_memory_is_one_store_a_uri() -> None:
    """The same name gives the same store within a process, another name another."""
    Location(uri="memory://one").store().put("a", b"1")
    assert bytes(Location(uri="memory://one").store().get("a").bytes()) == b"1"
    with pytest.raises(FileNotFoundError):
        Location(uri="memory://two").store().get("a")


def test_s3_store_gets_bucket_prefix_and_options() -> None:
    """The access settings reach obstore; plain http is allowed only for an http endpoint."""
    options = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
    }
    store = Location(uri="s3://bucket/lake/x", options=options).store()
    assert isinstance(store, S3Store)
    assert store.prefix == "lake/x"
    assert store.config["bucket"] == "bucket"
    assert store.config["endpoint"] == "http://127.0.0.1:1"


def test_deltalake_gets_options_that_find_every_credential() -> None:
    """With an endpoint and without keys, deltalake looks for profiles only when it is told to."""
    plain = Location(uri="s3://b/t", options={"AWS_REGION": "eu-west-1"})
    assert plain.for_deltalake == ("s3://b/t", {"AWS_REGION": "eu-west-1"})
    local = Location(uri="s3://b/t", options={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert local.for_deltalake[1] == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
        "AWS_FORCE_CREDENTIAL_LOAD": "true",
    }


def test_s3a_gets_the_settings_of_its_bucket_only() -> None:
    """Two stores with different keys do not overwrite each other's settings."""
    options = {"AWS_ENDPOINT_URL": "http://h:1", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    settings = Location(uri="s3://b/t", options=options).spark_settings
    prefix = "spark.hadoop.fs.s3a.bucket.b."
    assert {key.removeprefix(prefix): value for key, value in settings.items()} == {
        "endpoint": "http://h:1",
        "endpoint.region": "us-east-1",
        "change.detection.mode": "server",
        "access.key": "k",
        "secret.key": "s",
        "path.style.access": "true",
        "connection.ssl.enabled": "false",
        "aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    }
    assert Location(uri="/data").spark_settings == {}


def test_secret_options_are_fetched_when_used_and_never_shown() -> None:
    """Loading an environment fetches nothing; printing a location shows no key."""
    fetched: list[str] = []

    def fetch() -> str:
        fetched.append("once")
        return "hunter2hunter2"

    options = RevealedOptions({"AWS_REGION": "x", "AWS_SECRET_ACCESS_KEY": Secret("${secret:env:K}", fetch)})
    location = Location(uri="s3://b", options=options)
    assert "hunter2" not in f"{location} {options}"
    assert location == Location(uri="s3://b", options=options)
    assert fetched == []
    assert dict(options) == {"AWS_REGION": "x", "AWS_SECRET_ACCESS_KEY": "hunter2hunter2"}
