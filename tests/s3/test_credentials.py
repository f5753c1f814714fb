"""Where keys come from: every library finds the same ones, by the ordinary chain or from a store's own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.s3.serving import KEYS, ROOT, S3

PROGRAM = """
import json
import sys

from deltalake import DeltaTable, Field, Schema

from framework.environment.aws import aws_client
from framework.environment.location import Location
from framework.environment.objects import put_if_absent

uri, options = sys.argv[1], json.loads(sys.argv[2])
place = Location(uri=uri, options=options)
{
    "obstore": lambda: put_if_absent(place, "a", b"1"),
    "deltalake": lambda: DeltaTable.create(
        place.child("t").for_deltalake[0],
        Schema([Field("a", "integer")]),
        storage_options=place.for_deltalake[1],
    ),
    "boto3": lambda: aws_client("glue", access=options).get_databases(),
}[sys.argv[3]]()
"""
LIBRARIES = ["obstore", "deltalake", "boto3"]
SOURCES = ["variables", "profile", "container", "instance", "store"]
EXPIRES = "2099-01-01T00:00:00Z"


@contextmanager
def _giving(key: str) -> Iterator[str]:
    """An address that gives passing credentials as a container's and as an instance's service do."""
    given = {"AccessKeyId": key, "SecretAccessKey": "s", "Token": "t", "Expiration": EXPIRES}
    role = {**given, "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2013-01-01T00:00:00Z"}
    replies = {
        "/container": json.dumps(given),
        "/latest/api/token": "token",
        "/latest/meta-data/iam/security-credentials": "etl",
        "/latest/meta-data/iam/security-credentials/": "etl",
        "/latest/meta-data/iam/security-credentials/etl": json.dumps(role),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = replies.get(self.path, "").encode()
            self.send_response(200 if content else 404)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "600")
            self.end_headers()
            self.wfile.write(content)

        do_PUT = do_GET  # noqa: N815 - the same

        def log_message(self, *arguments: object) -> None:
            del arguments

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@contextmanager
def _told(source: str, key: str, folder: Path) -> Iterator[tuple[Mapping[str, str], Mapping[str, str]]]:
    """Environment variables, and settings of the store, by which `key` is found."""
    keys = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": "s"}
    nobody = {"AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"), "AWS_CONFIG_FILE": str(folder / "none")}
    if source == "variables":
        yield {**nobody, **keys}, {}
    elif source == "store":
        yield {**nobody, **keys, "AWS_ACCESS_KEY_ID": "AKIAANOTHER"}, keys
    elif source == "profile":
        profile = folder / "credentials"
        lines = (f"{name.lower()} = {value}" for name, value in keys.items())
        profile.write_text("\n".join(["[etl]", *lines, ""]))
        yield {**nobody, "AWS_SHARED_CREDENTIALS_FILE": str(profile), "AWS_PROFILE": "etl"}, {}
    else:
        with _giving(key) as address:
            container = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{address}/container"}
            instance = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": address, "AWS_METADATA_ENDPOINT": address}
            yield {**nobody, **(container if source == "container" else instance)}, {}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_finds_the_keys(s3: S3, source: str, library: str, tmp_path: Path) -> None:
    """The server is asked by the very key that process, profile, container, machine or the store has."""
    key = f"AKIA{source.upper()}"
    bucket = s3.new_bucket()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with _told(source, key, tmp_path) as (environment, options), s3.signed_by() as found:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, bucket.uri, json.dumps(dict(options)), library],
            cwd=ROOT,
            env={
                **kept,
                "AWS_ENDPOINT_URL": s3.endpoint,
                "AWS_REGION": KEYS["AWS_REGION"],
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert found == {key}
