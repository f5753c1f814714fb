"""A real cluster or workgroup in place of the stand-in, for `make test-redshift-live`."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from framework import Output
from framework.environment.connection import Connection
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.environment.secrets import Secret
from framework.publish.redshift.publisher import RedshiftPublisher
from framework.tables.redshift.names import names_of
from framework.tables.redshift.reader import RedshiftReader
from tests.redshift.worlds import RedshiftWorld
from tests.storage.publishing import by_day, remove_objects

_NAMES = ("HOST", "PORT", "DATABASE", "USER", "PASSWORD", "SCHEMA", "BUCKET", "COPY_ROLE")
NOT_LIVE = ("test_a_stage_older_than_half_the_retention_is_not_published",)
"""What only a server of ours can do: make an object old."""


def is_live() -> bool:
    """Whether a cluster is named. All of it must be: a name that is missing is an error."""
    return "SPARKJOB_LIVE_HOST" in os.environ


@contextmanager
def live_worlds() -> Iterator[Callable[..., RedshiftWorld]]:
    """Makes worlds on the cluster; their tables and objects go at the end."""
    host, port, database, user, password, schema, bucket, role = (
        os.environ[f"SPARKJOB_LIVE_{name}"] for name in _NAMES
    )
    connection = Connection(
        name="live",
        host=host,
        port=int(port),
        database=database,
        user=user,
        password=Secret("${secret:env:SPARKJOB_LIVE_PASSWORD}", lambda: password),
        tls=host != "127.0.0.1",
        copy_role=role,
    )
    made: list[RedshiftWorld] = []

    def make(output: Output | None = None, *, grain: str | None = "day") -> RedshiftWorld:
        output, name = output or by_day(), f"sparkjob_test_{uuid4().hex[:10]}"
        binding = Binding(
            dataset=output.dataset,
            format="redshift",
            location=Location(uri=f"redshift://live/{schema}.{name}"),
            connection="live",
            database=connection,
            passage=Location(uri=f"s3://{bucket}/{name}"),
        )
        made.append(RedshiftWorld(output, binding, RedshiftPublisher(), RedshiftReader(), grain))
        return made[-1]

    try:
        yield make
    finally:
        for world in made:
            names = names_of(world.binding)
            world.query(f"DROP TABLE IF EXISTS {names.sql}")
            world.query(f"DROP TABLE IF EXISTS {names.ledger}")
            remove_objects(world.binding.stage, "")
