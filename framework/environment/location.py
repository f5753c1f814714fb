"""One place in a store, rendered for each library that has to go there."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore.store import MemoryStore, ObjectStore, S3Store

# Access settings in deltalake's spelling → s3a's per-bucket settings (hadoop-aws, "Configuring
# different S3 buckets with Per-Bucket Configuration").
_S3A = {
    "AWS_ENDPOINT_URL": "endpoint",
    "AWS_REGION": "endpoint.region",
    "AWS_ACCESS_KEY_ID": "access.key",
    "AWS_SECRET_ACCESS_KEY": "secret.key",
    "AWS_SESSION_TOKEN": "session.token",
}

S3A_BUCKETS = "spark.hadoop.fs.s3a.bucket."
"""How Spark settings of single buckets begin."""


@dataclass(frozen=True, kw_only=True)
class Location:
    """A place: an absolute path on disk (`/data/lake`) or `s3://bucket/prefix`; no trailing slash.

    `memory://name` lives in this process only, for tests: each uri is a store of its own, so a
    child's objects are not seen from its parent.

    `options` are the store's access settings in the spelling of deltalake and obstore
    (`AWS_REGION`, `AWS_ENDPOINT_URL`, …). What they leave out comes from the ordinary AWS chain of
    each library: environment variables, profiles, the machine's role. The endpoint is looked up
    here (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`), because Spark looks for none: it would write
    to another server than the one that is looked at. Options are not part of equality's meaning
    for data, but two stores may differ in them alone, so they are compared.
    """

    uri: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    @property
    def is_local(self) -> bool:
        """Whether this is on a disk."""
        return "://" not in self.uri

    @property
    def is_s3(self) -> bool:
        """Whether this is in a bucket."""
        return self.uri.startswith("s3://")

    @property
    def name(self) -> str:
        """The last part of the uri: the file's name, when this is a file."""
        return self.uri.rpartition("/")[2]

    @property
    def parent(self) -> "Location | None":
        """The folder that this is in; None at the root of a store."""
        above, _, _ = self.uri.rpartition("/")
        if not above or above.endswith(("/", ":")) or self.uri.startswith("memory://"):
            return None
        return Location(uri=above, options=self.options)

    def child(self, path: str) -> "Location":
        """The place `path` below this one."""
        return Location(uri=f"{self.uri}/{path}", options=self.options)

    @property
    def for_spark(self) -> str:
        """The URI that Spark reads and writes: `file:///…` or `s3a://…`.

        Nothing is percent-escaped: Hadoop's `Path(String)` escapes by itself, so that an escaped
        blank would become a folder called `a%20b`.
        """
        if self.is_local:
            return f"file://{self.uri}"
        scheme, _, rest = self.uri.partition("://")
        return f"{'s3a' if scheme == 's3' else scheme}://{rest}"

    @property
    def for_deltalake(self) -> tuple[str, dict[str, str]]:
        """The uri and the `storage_options` that `deltalake.DeltaTable` takes."""
        options = self._access()
        if options.get("AWS_ENDPOINT_URL", "").startswith("http://"):
            options["AWS_ALLOW_HTTP"] = "true"
        if "AWS_ENDPOINT_URL" in options and "AWS_ACCESS_KEY_ID" not in options:
            # With an endpoint, deltalake looks at profiles and container credentials only if told to.
            options["AWS_FORCE_CREDENTIAL_LOAD"] = "true"
        return self.uri, options

    @property
    def spark_settings(self) -> dict[str, str]:
        """Spark settings by which s3a gets this bucket's access settings; empty on a disk only."""
        if not self.is_s3:
            return {}
        prefix = f"{S3A_BUCKETS}{self._bucket}"
        options = self._access()
        found = {f"{prefix}.{_S3A[key]}": value for key, value in options.items() if key in _S3A}
        # An object that is replaced while it is read is an error, not a mix of both.
        found[f"{prefix}.change.detection.mode"] = "server"
        endpoint = options.get("AWS_ENDPOINT_URL")
        if endpoint is not None:
            found[f"{prefix}.path.style.access"] = "true"
            found[f"{prefix}.connection.ssl.enabled"] = str(not endpoint.startswith("http://")).lower()
        if "AWS_ACCESS_KEY_ID" in options:
            provider = "Temporary" if "AWS_SESSION_TOKEN" in options else "Simple"
            found[f"{prefix}.aws.credentials.provider"] = (
                f"org.apache.hadoop.fs.s3a.{provider}AWSCredentialsProvider"
            )
        return found

    def store(self) -> "ObjectStore":
        """An obstore store whose root is this place (on disk the folder is made)."""
        from obstore.store import LocalStore

        if self.is_local:
            return LocalStore(self.uri, mkdir=True)
        if self.uri.startswith("memory://"):
            return _memory(self.uri)
        if self.is_s3:
            prefix = self.uri.removeprefix("s3://").partition("/")[2]
            return _s3(self._bucket, prefix, tuple(sorted(self._access().items())))
        raise ValueError(f"no store is known for {self.uri}")

    def _access(self) -> dict[str, str]:
        """The options, with the endpoint and its region that this process is told by its environment."""
        options = dict(self.options)
        if not self.is_s3:
            return options
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        if endpoint and "AWS_ENDPOINT_URL" not in options:
            options["AWS_ENDPOINT_URL"] = endpoint
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        if "AWS_ENDPOINT_URL" in options and "AWS_REGION" not in options:
            # Nobody can tell it from such an address; us-east-1 is what servers that are not AWS take.
            options["AWS_REGION"] = region or "us-east-1"
        return options

    @property
    def _bucket(self) -> str:
        return self.uri.removeprefix("s3://").partition("/")[0]


@cache
def _memory(uri: str) -> "MemoryStore":  # noqa: ARG001 - the key: one store a uri
    from obstore.store import MemoryStore

    return MemoryStore()


# Kept, so that connections and fetched credentials are used again.
@cache
def _s3(bucket: str, prefix: str, options: tuple[tuple[str, str], ...]) -> "S3Store":
    from obstore.store import S3Store

    config = {key.lower(): value for key, value in options}
    http = config.get("aws_endpoint_url", "").startswith("http://")
    provider = None
    if "aws_access_key_id" not in config:
        # obstore itself knows no profiles; boto3 has the whole chain that Spark and deltalake have.
        from obstore.auth.boto3 import Boto3CredentialProvider

        provider = Boto3CredentialProvider()
    return S3Store(
        bucket,
        prefix=prefix or None,
        config=config,  # type: ignore[arg-type]
        client_options={"allow_http": http},
        credential_provider=provider,
    )
