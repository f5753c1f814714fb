"""An S3 server for tests, its buckets, and a proxy that faults requests on their way to it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen
from uuid import uuid4

from framework.environment.location import Location
from tests.s3.faulty import CONTROL, Fault
from tests.s3.policed import POLICIES, Need, Seen

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]

SECRET = "secret-of-the-tests-1a2b3c"
"""The secret key with which tests sign; a message that holds it is a defect."""

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIATESTS",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


_FOLDERS: dict[str, Path] = {}
"""Where servers that keep objects as files keep them, by their endpoints."""


@contextmanager
def keep_ages_in(server: "S3", folder: Path) -> Iterator[None]:
    """`write_aged` changes the time of a file below this folder."""
    _FOLDERS[server.endpoint] = folder
    yield
    del _FOLDERS[server.endpoint]


def write_aged(location: Location, path: str, content: bytes, moment: datetime) -> None:
    """Write an object that the server says to have been written at `moment`."""
    bucket, _, prefix = location.uri.removeprefix("s3://").partition("/")
    folder = _FOLDERS.get(location.options["AWS_ENDPOINT_URL"])
    if folder is not None:
        S3(endpoint=location.options["AWS_ENDPOINT_URL"]).client.put_object(
            Bucket=bucket, Key=f"{prefix}/{path}", Body=content
        )
        os.utime(folder / bucket / prefix / path, (moment.timestamp(), moment.timestamp()))
        return
    when = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    S3(endpoint=location.options["AWS_ENDPOINT_URL"]).client.put_object(
        Bucket=bucket, Key=f"{prefix}/{path}", Body=content, Metadata={"modified": when}
    )


@dataclass(frozen=True)
class S3:
    """A server that speaks S3 over plain HTTP on 127.0.0.1."""

    endpoint: str

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment variables by which every client of a process finds the server."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.endpoint}

    @contextmanager
    def faults(self, *faults: Fault) -> Iterator[list[int]]:
        """These faults, and no others, for the requests of this block; at its end how often each came."""
        met: list[int] = []
        self.say(faults)
        yield met
        met += [fault.times - left for fault, left in zip(faults, self.say(()), strict=True)]

    @contextmanager
    def signed_by(self) -> Iterator[set[str]]:
        """The access keys by which the requests of this block are signed; filled at its end."""
        found: set[str] = set()
        self.say(())
        yield found
        with urlopen(f"{self.endpoint}{CONTROL}") as reply:
            found |= set(json.loads(reply.read()))

    def set_in(self, patch: "pytest.MonkeyPatch") -> None:
        """Every client of this process and of its children finds the server, and the keys."""
        for name, value in self.environment.items():
            patch.setenv(name, value)

    @contextmanager
    def glue(self, database: str, patch: "pytest.MonkeyPatch") -> "Iterator[Any]":
        """A client of Glue, and a database for this block."""
        import boto3

        self.set_in(patch)
        client = boto3.client("glue", region_name=KEYS["AWS_REGION"])
        client.create_database(DatabaseInput={"Name": database})
        yield client
        client.delete_database(Name=database)

    def say(self, faults: Iterable[Fault]) -> list[int]:
        """From now on these faults; how many times were left of those before."""
        content = json.dumps([asdict(fault) for fault in faults]).encode()
        request = Request(f"{self.endpoint}{CONTROL}", data=content, method="PUT")
        left: list[int] = json.loads(self._ask(request))
        return left

    def _ask(self, request: Request) -> bytes:
        with urlopen(request) as reply:
            assert reply.status == HTTPStatus.OK
            return bytes(reply.read())

    def police(self, policies: Mapping[str, Mapping[str, object]]) -> None:
        """From now on, what is signed by one of these access keys must be allowed by its document of IAM."""
        self._ask(Request(f"{self.endpoint}{POLICIES}", data=json.dumps(policies).encode(), method="PUT"))

    def policed(self) -> tuple[Seen, ...]:
        """What those have asked for since then."""
        told = json.loads(self._ask(Request(f"{self.endpoint}{POLICIES}")))
        return tuple(
            Seen(need=Need(action, resource, prefix), by=tuple(by)) for action, resource, prefix, by in told
        )

    def new_bucket(self) -> Location:
        """A bucket that nobody else has."""
        name = f"t-{uuid4().hex[:12]}"
        self.client.create_bucket(Bucket=name)
        return self.bucket(name)

    def bucket(self, name: str) -> Location:
        """A bucket that is there."""
        return Location(uri=f"s3://{name}", options=self.options)

    @property
    def options(self) -> Mapping[str, str]:
        """Access settings of a store, as a `Location` has them."""
        return {key: value for key, value in self.environment.items() if "METADATA" not in key}

    @property
    def client(self):  # type: ignore[no-untyped-def]
        """A client of boto3."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=KEYS["AWS_REGION"],
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=SECRET,
        )


@contextmanager
def serving() -> Iterator[S3]:
    """A fresh server in a process of its own, which ends with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.s3.server"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port, f"the S3 server ended with {process.wait()}"
            yield S3(endpoint=f"http://127.0.0.1:{port}")
        finally:
            process.kill()
