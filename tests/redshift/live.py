"""A real cluster or workgroup in place of the stand-in, for `make test-redshift-live`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from framework.environment.connection import Connection
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.environment.secrets import Secret
from framework.tables.redshift.connection import connect
from framework.tables.redshift.quoting import identifier
from tests.redshift.rig.wire import Answer
from tests.storage.publishing import remove_objects

_NAMES = ("HOST", "PORT", "DATABASE", "USER", "PASSWORD", "BUCKET", "COPY_ROLE")
_FILES = ("publisher", "modes", "types", "hostile", "history", "reader", "clean", "waiting")
"""Those whose tests ask of a server what a cluster can do, too."""
_NOT_LIVE = (
    "test_a_stage_older_than_half_the_retention_is_not_published",  # no bucket makes an object old
    "test_a_missing_super_is_missing",  # the stand-in's SUPER is a domain, made in its own way
)


def is_live() -> bool:
    """Whether a cluster is named. All of it must be: a name that is missing is an error."""
    return "SPARKJOB_LIVE_HOST" in os.environ


def goes_live(item: pytest.Function) -> bool:
    """Whether a test makes sense on a cluster, whose isolation level is its own and which makes no faults."""
    level = item.callspec.params.get("isolation") if hasattr(item, "callspec") else None
    return (
        item.path.stem in {f"test_{name}_redshift" for name in _FILES}
        and item.originalname not in _NOT_LIVE
        and "faults" not in item.function.__code__.co_names
        and level != "serializable"
    )


@dataclass
class Cluster:
    """What tests know of `rig.server.Redshift`: SQL beside the job's. `schemas` are dropped at the end."""

    settings: Connection
    schemas: list[str] = field(default_factory=list)

    def run(self, sql: str) -> Answer:
        """One statement in a session of its own; values as texts."""
        place = Location(uri="redshift://live/public.t")
        binding = Binding(
            dataset="t", format="redshift", location=place, connection="live", database=self.settings
        )
        with connect(binding, "tests") as connection:
            rows = connection.execute(sql)
        return Answer([[None if value is None else str(value) for value in row] for row in rows])


@dataclass
class Bucket:
    """What tests know of `tests.s3.serving.S3`: places of their own, here in one bucket."""

    name: str
    made: list[Location] = field(default_factory=list)

    def new_bucket(self) -> Location:
        """A place that nobody else has."""
        self.made.append(Location(uri=f"s3://{self.name}/sparkjob-test-{uuid4().hex[:12]}"))
        return self.made[-1]


@contextmanager
def live_cluster() -> Iterator[Cluster]:
    """The cluster that is named; what tests have made there goes at the end."""
    said = {name: os.environ[f"SPARKJOB_LIVE_{name}"] for name in _NAMES}
    cluster = Cluster(
        Connection(
            name="live",
            host=said["HOST"],
            port=int(said["PORT"]),
            database=said["DATABASE"],
            user=said["USER"],
            password=Secret("${secret:env:SPARKJOB_LIVE_PASSWORD}", lambda: said["PASSWORD"]),
            tls=said["HOST"] != "127.0.0.1",
            copy_role=said["COPY_ROLE"],
        )
    )
    try:
        yield cluster
    finally:
        for schema in cluster.schemas:
            cluster.run(f"DROP SCHEMA {identifier(schema)} CASCADE")


@contextmanager
def live_bucket() -> Iterator[Bucket]:
    """The bucket that is named; what tests have written there goes at the end."""
    bucket = Bucket(os.environ["SPARKJOB_LIVE_BUCKET"])
    try:
        yield bucket
    finally:
        for place in bucket.made:
            remove_objects(place, "")
