"""The stand-in itself: what it must do, and refuse, for the other tests to mean something."""

import io
import json
from collections.abc import Iterator
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redshift_connector

from framework.environment.location import Location
from tests.redshift.rig.faults import Fault, How
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import new_schema
from tests.s3.serving import S3

ROLE = "IAM_ROLE 'arn:aws:iam::123456789012:role/copy'"
ROWS = pa.table({"id": pa.array([1, 2], pa.int64()), "name": ["a'\\", None]})


class Client:
    """A session of the real driver, in a schema of its own."""

    def __init__(self, rig: Redshift, schema: str) -> None:
        self._driver = redshift_connector.connect(
            host="127.0.0.1", port=rig.port, database="postgres", user="u", password="p", ssl=False
        )
        self._driver.autocommit = True
        self.run(f"SET search_path TO {schema}, public")

    def run(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """One statement's rows."""
        cursor = self._driver.cursor()
        cursor.execute(sql, values or None)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def refused(self, sql: str) -> dict[str, str]:
        """The fields of the error with which a statement is refused."""
        with pytest.raises(redshift_connector.ProgrammingError) as raised:
            self.run(sql)
        return raised.value.args[0]

    def close(self) -> None:
        """End the session."""
        self._driver.close()


@pytest.fixture
def client(redshift: Redshift) -> Iterator[Client]:
    """A session beside a table `events` and an empty copy of it, `stage`."""
    with closing(Client(redshift, new_schema(redshift))) as client:
        client.run(
            "CREATE TABLE events (id BIGINT ENCODE az64, name VARCHAR(20)) DISTKEY(id) COMPOUND SORTKEY(id)"
        )
        client.run("CREATE TEMP TABLE stage (LIKE events)")
        yield client


@pytest.fixture
def bucket(s3: S3) -> Location:
    """A bucket of its own."""
    return s3.new_bucket()


def copy(s3: S3, bucket: Location, rows: pa.Table = ROWS, *, longer: int = 0, meta: bool = True) -> str:
    """A COPY of these rows from a manifest."""
    body = io.BytesIO()
    pq.write_table(rows, body)
    s3.client.put_object(Bucket=bucket.name, Key="part.parquet", Body=body.getvalue())
    entry: dict[str, object] = {"url": f"{bucket.uri}/part.parquet", "mandatory": True}
    if meta:
        entry["meta"] = {"content_length": len(body.getvalue()) + longer}
    s3.client.put_object(Bucket=bucket.name, Key="manifest", Body=json.dumps({"entries": [entry]}))
    return f"COPY stage FROM '{bucket.uri}/manifest' {ROLE} FORMAT AS PARQUET MANIFEST"


def test_copy_loads_what_a_manifest_lists(client: Client, s3: S3, bucket: Location) -> None:
    """In the session's own transaction, with the count that the driver can ask for."""
    client.run(copy(s3, bucket))
    assert client.run("SELECT id, name FROM stage ORDER BY id") == [(1, "a'\\"), (2, None)]
    assert client.run("SELECT pg_last_copy_count()") == [(2,)]
    client.run("BEGIN")
    client.run(copy(s3, bucket))
    client.run("ROLLBACK")
    assert client.run("SELECT count(*) FROM stage") == [(2,)]


def test_copy_refuses_what_does_not_fit(client: Client, s3: S3, bucket: Location) -> None:
    """By position, count, type and bytes, as Redshift does; nothing is loaded, and the reason is kept."""
    few = ROWS.select(["id"])
    narrow = ROWS.set_column(0, "id", ROWS["id"].cast(pa.int32()))
    long = ROWS.set_column(1, "name", pa.array(["é" * 11, None]))
    assert "Unmatched number of columns" in client.refused(copy(s3, bucket, few))["D"]
    assert "incompatible Parquet schema" in client.refused(copy(s3, bucket, narrow))["D"]
    assert "Table: 20, Data: 22" in client.refused(copy(s3, bucket, long))["D"]
    assert "416" in client.refused(copy(s3, bucket, longer=1))["D"]
    assert "invalid version number: PAR1" in client.refused(copy(s3, bucket, longer=-1))["D"]
    assert "'meta' key" in client.refused(copy(s3, bucket, meta=False))["M"]
    assert client.run("SELECT count(*) FROM stage") == [(0,)]
    why = "SELECT count(*) FROM sys_load_error_detail WHERE session_id = pg_backend_pid()"
    assert client.run(why) == [(6,)]
    assert client.run(f"{why} AND query_id = pg_last_copy_id()") == [(1,)]


def test_copy_takes_no_bound_values(client: Client, bucket: Location) -> None:
    """Its literals must be quoted by who writes the statement."""
    with pytest.raises(redshift_connector.ProgrammingError, match="syntax error"):
        client.run(f"COPY stage FROM %s {ROLE} FORMAT AS PARQUET", f"{bucket.uri}/")


def test_unload_writes_what_copy_reads(client: Client, s3: S3, bucket: Location) -> None:
    """There and back again; a place that is not empty is refused."""
    client.run(copy(s3, bucket))
    unload = f"UNLOAD ('SELECT * FROM stage') TO '{bucket.uri}/out/' {ROLE} FORMAT AS PARQUET MANIFEST"
    client.run(unload)
    assert "not empty" in client.refused(unload)["M"]
    client.run("DELETE FROM stage")
    client.run(f"COPY stage FROM '{bucket.uri}/out/manifest' {ROLE} FORMAT AS PARQUET MANIFEST")
    assert client.run("SELECT id, name FROM stage ORDER BY id") == [(1, "a'\\"), (2, None)]


def test_truncate_commits(client: Client) -> None:
    """So nobody may use it inside a transaction."""
    client.run("BEGIN")
    client.run("INSERT INTO events VALUES (1, 'a')")
    client.run("TRUNCATE stage")
    client.run("ROLLBACK")
    assert client.run("SELECT count(*) FROM events") == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO events VALUES (1, 'a') ON CONFLICT DO NOTHING",
        "DELETE FROM events RETURNING id",
        "SELECT pg_advisory_lock(1)",
        "CREATE INDEX i ON events (id)",
        "MERGE INTO events USING stage s ON events.id = s.id WHEN MATCHED THEN DELETE",
        "SELECT * FROM events FOR UPDATE",
    ],
)
def test_what_only_postgresql_has_is_refused(client: Client, sql: str) -> None:
    """Nothing is tested here that a cluster would not take."""
    assert client.refused(sql)["C"] == "42601"


def test_a_conflict_is_told_as_redshift_tells_it(client: Client, redshift: Redshift) -> None:
    """Two that have read the table and write it: the second is told 1023."""
    table = client.run("SELECT current_schema()")[0][0]
    with closing(Client(redshift, str(table))) as other:
        client.run("INSERT INTO events VALUES (1, 'a')")
        for each in (client, other):
            each.run("BEGIN")
            each.run("SELECT count(*) FROM events")
        client.run("UPDATE events SET name = 'b'")
        client.run("COMMIT")
        told = other.refused("UPDATE events SET name = 'c'")
    assert (told["C"], told["M"]) == ("XX000", "1023")
    assert told["D"].startswith("Serializable isolation violation on table")


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_commit_whose_reply_is_lost_has_happened(client: Client, redshift: Redshift, how: How) -> None:
    """The client sees a lost connection, and the rows are there."""
    table = client.run("SELECT current_schema()")[0][0]
    with closing(Client(redshift, str(table))) as other:
        other.run("BEGIN")
        other.run("INSERT INTO events VALUES (1, 'a')")
        with (
            redshift.faults.during(Fault(match="^commit", do="lose_reply", how=how)),
            pytest.raises((redshift_connector.InterfaceError, redshift_connector.OperationalError, OSError)),
        ):
            other.run("COMMIT")
    assert client.run("SELECT count(*) FROM events") == [(1,)]
