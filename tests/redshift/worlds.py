"""The shared suites' world on the server: a schema of its own, and a bucket through which rows pass."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from uuid import uuid4

import pyarrow.parquet as pq

from framework import Output
from framework.environment.connection import Connection
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.environment.objects import list_objects, read_object
from framework.environment.secrets import Secret
from framework.interval import Interval
from framework.publish.redshift.publisher import RedshiftPublisher
from framework.tables.redshift.connection import Row, Value, connect
from framework.tables.redshift.names import names_of
from framework.tables.redshift.quoting import identifier
from framework.tables.redshift.reader import RedshiftReader
from tests.redshift.live import Bucket, Cluster
from tests.redshift.rig.server import Redshift
from tests.s3.serving import S3
from tests.storage.publishing import World, by_day

ROLE = "arn:aws:iam::123456789012:role/copy"
PASSWORD = "password-of-the-tests-7f3a"


@dataclass
class RedshiftWorld(World):
    """One table, and who looks at it."""

    def twin(self) -> "RedshiftWorld":
        """The same table as another process has it."""
        return replace(self, publisher=RedshiftPublisher(), prepared=None).prepare()  # type: ignore[return-value]

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """What a client of the cluster gets."""
        with connect(self.binding, "tests") as connection:
            return connection.execute(sql, parameters)

    @property
    def table(self) -> str:
        """The table, as a statement names it."""
        return names_of(self.binding).sql

    def rows(self) -> list[tuple[object, ...]]:
        """What a reader sees now, sorted."""
        found = self.query(f"SELECT * FROM {self.table}") if self._exists() else []
        return sorted(found, key=repr)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Somebody holds the lock of a publish for the time of the block."""
        names = names_of(self.binding)
        with connect(self.binding, "tests") as connection:
            connection.execute("BEGIN")
            connection.execute(f"LOCK TABLE {names.ledger}")
            yield
            connection.execute("ROLLBACK")

    def drop(self) -> None:
        """Somebody drops the table, and not the ledger."""
        self.query(f"DROP TABLE {self.table}")

    def delete(self, interval: Interval, name: str) -> None:
        """Somebody deletes the rows of this name."""
        self.query(f"DELETE FROM {self.table} WHERE name = %s", (name,))

    def _exists(self) -> bool:
        names = names_of(self.binding)
        sql = "SELECT 1 FROM information_schema.tables WHERE table_schema = %s AND table_name = %s"
        return bool(self.query(sql, (names.schema, names.table)))


def connection_to(rig: Redshift | Cluster) -> Connection:
    """The settings by which a job reaches the server."""
    if isinstance(rig, Cluster):
        return rig.settings
    return Connection(
        name="dwh",
        host="127.0.0.1",
        port=rig.port,
        database="postgres",
        user="etl",
        password=Secret("${secret:env:DWH_PASSWORD}", lambda: PASSWORD),
        tls=False,
        copy_role=ROLE,
    )


def new_schema(rig: Redshift | Cluster, prefix: str = "t") -> str:
    """A schema that nobody else has."""
    schema = f"{prefix}_{uuid4().hex[:10]}"
    rig.run(f"CREATE SCHEMA {identifier(schema)}")
    if isinstance(rig, Cluster):
        rig.schemas.append(schema)
    return schema


def redshift_world(
    rig: Redshift | Cluster,
    s3: S3 | Bucket,
    output: Output | None = None,
    *,
    grain: str | None = "day",
    schema: str | None = None,
    table: str = "daily",
    passage: Location | None = None,
) -> RedshiftWorld:
    """A world of Redshift, with a publisher of its own, as another process has it."""
    output = output or by_day()
    binding = Binding(
        dataset=output.dataset,
        format="redshift",
        location=Location(uri=f"redshift://dwh/{schema or new_schema(rig)}.{table}"),
        connection="dwh",
        database=connection_to(rig),
        passage=(passage or s3.new_bucket()).child(output.dataset),
    )
    return RedshiftWorld(output, binding, RedshiftPublisher(), RedshiftReader(), grain)


def unloaded_rows(place: Location, columns: Iterable[str]) -> list[tuple[object, ...]]:
    """The rows that were unloaded there, with these columns, sorted."""
    tables = [pq.read_table(BytesIO(read_object(place, each.path) or b"")) for each in list_objects(place)]
    assert all(table.column_names == list(columns) for table in tables)
    return sorted((tuple(row.values()) for table in tables for row in table.to_pylist()), key=repr)
