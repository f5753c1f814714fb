"""How fast do a day's rows get into Redshift, and can the way be tried again?

Writes the same rows into the stand-in of the tests (real PostgreSQL behind a proxy, S3 over HTTP), each way
in turn, in one run:

insert        one INSERT a row by redshift_connector, in one transaction with the day's DELETE
executemany   the same by `executemany`
jdbc          Spark's JDBC writer with Redshift's own driver; each task commits by itself, so a task that
              is tried again doubles its rows
ours          Parquet written to S3, then the publish: COPY aside, compared, one transaction

What each gets is in memory; the start of Spark is not counted. A way to the server and back takes a
millisecond (`--round-trip`), as it does between machines of one region; what a cluster itself takes for a
statement, tens of milliseconds, a stand-in does not know. Then it counts the statements of publishes
of more rows, files and intervals. Prints a table and, as its last line, one JSON object.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from framework.audit.audit import reaudit_footers
from framework.audit.audited import Audited
from framework.environment.objects import put_object
from framework.interval import Interval
from framework.plan.steps import Target
from framework.stage.staged import Staged, StagedFile, stage_directory
from tests.redshift.rig.postgres import Postgres
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import PASSWORD, RedshiftWorld, new_schema, redshift_world
from tests.s3.serving import serving
from tests.storage.publishing import D1, day, fingerprint

DRIVER = "com.amazon.redshift:redshift-jdbc42:2.1.0.33"
UNUSED = "com.amazonaws:aws-java-sdk-core,com.amazonaws:aws-java-sdk-redshift,com.amazonaws:aws-java-sdk-sts"
"""What the driver needs for IAM alone."""
Rows = list[tuple[date, str, int]]
NAMES = ["day", "name", "amount"]


def rows_of(interval: Interval, count: int) -> Rows:
    """So many rows of the interval's day."""
    return [(interval.first_day, f"name {number}", number) for number in range(count)]


def insert(world: RedshiftWorld, rows: Rows) -> None:
    """One statement a row; safe to retry because the day's rows go in the same transaction."""
    with driver_of(world) as cursor:
        for row in rows:
            cursor.execute(f"INSERT INTO {world.table} VALUES (%s, %s, %s)", row)


def executemany(world: RedshiftWorld, rows: Rows) -> None:
    """The same through the driver's `executemany`."""
    with driver_of(world) as cursor:
        cursor.executemany(f"INSERT INTO {world.table} VALUES (%s, %s, %s)", rows)


@contextmanager
def driver_of(world: RedshiftWorld) -> Iterator["object"]:
    """A cursor in a transaction that has deleted the day."""
    import redshift_connector

    settings = world.binding.database
    with redshift_connector.connect(
        host="127.0.0.1", port=settings.port, database="postgres", user="etl", password=PASSWORD, ssl=False
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(f"DELETE FROM {world.table} WHERE day = %s", (D1.first_day,))
        yield cursor
        connection.commit()


def jdbc(spark: SparkSession, world: RedshiftWorld, rows: Rows) -> None:
    """Two tasks, each in batches of 1,000 rows.

    PostgreSQL does not take the statements of many rows into which the driver can rewrite them: they leave
    the types of their values open.
    """
    settings = world.binding.database
    spark.createDataFrame(rows, "day DATE, name STRING, amount BIGINT").repartition(2).write.jdbc(
        f"jdbc:redshift://127.0.0.1:{settings.port}/postgres?ssl=false&reWriteBatchedInserts=false",
        world.table,
        mode="append",
        properties={"user": "etl", "password": PASSWORD, "driver": "com.amazon.redshift.jdbc42.Driver"},
    )


def ours(world: RedshiftWorld, rows: Rows, code: str) -> None:
    """Staged as Parquet on S3, then published."""
    (receipt,) = world.publish(stage(world, {D1: rows}, code))
    assert receipt.outcome == "published"


def stage(world: RedshiftWorld, rows: Mapping[Interval, Rows], code: str) -> Audited:
    """One Parquet file an interval on S3, and its footer read, as after an audit."""
    binding, stage_id, files = world.binding, f"run-{uuid4().hex[:8]}", []
    for interval, of_interval in rows.items():
        content = BytesIO()
        pq.write_table(pa.table(list(map(pa.array, zip(*of_interval, strict=True))), NAMES), content)
        path = f"{stage_directory(binding, stage_id)}/{interval.label}.parquet"
        put_object(binding.stage, path, content.getvalue())
        files.append(StagedFile(path=path, size=len(content.getvalue()), interval=interval, partition={}))
    before = world.published(*rows)
    targets = tuple(
        Target(
            output=world.output,
            binding=binding,
            interval=interval,
            expected=before.get(interval),
            fingerprint=fingerprint(code),
        )
        for interval in rows
    )
    staged = Staged(
        output=world.output,
        binding=binding,
        targets=targets,
        run_id="bench",
        stage_id=stage_id,
        directory=stage_directory(binding, stage_id),
        files=tuple(files),
    )
    return reaudit_footers(staged, ())


def timed(call: Callable[[], None]) -> float:
    """Seconds."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def count_statements(rig: Redshift, world: RedshiftWorld, rows: dict[Interval, Rows]) -> int:
    """How many statements one publish sends."""
    audited = stage(world, rows, str(time.perf_counter()))
    before = len(rig.faults.statements)
    world.publish(audited)
    return len(rig.faults.statements) - before


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--round-trip", type=float, default=1.0, help="milliseconds to the server and back")
    parser.add_argument("--quick", action="store_true", help="10,000 rows, one round")
    options = parser.parse_args()
    rounds, count = (1, 10_000) if options.quick else (options.rounds, options.rows)
    rows = rows_of(D1, count)
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars.packages", DRIVER)
        .config("spark.jars.excludes", UNUSED)
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    spark.range(1).count()
    with (
        serving() as s3,
        Postgres() as postgres,
        Redshift(postgres.socket, s3=s3, round_trip=options.round_trip / 1_000) as rig,
    ):
        schema = new_schema(rig)
        worlds = {
            name: redshift_world(rig, s3, schema=schema, table=name).prepare()
            for name in ("insert", "executemany", "jdbc", "ours")
        }
        ways: dict[str, Callable[[int], None]] = {
            "insert": lambda _: insert(worlds["insert"], rows),
            "executemany": lambda _: executemany(worlds["executemany"], rows),
            "jdbc": lambda _: jdbc(spark, worlds["jdbc"], rows),
            "ours": lambda number: ours(worlds["ours"], rows, f"v{number}"),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(rounds):
            for name, way in ways.items():
                seconds[name].append(timed(lambda way=way, number=number: way(number)))
        for name, world in worlds.items():
            assert len(world.rows()) == count * (rounds if name == "jdbc" else 1), name
        published = worlds["ours"]
        statements = {
            "100 rows, 1 file": count_statements(rig, published, {D1: rows_of(D1, 100)}),
            f"{count} rows, 1 file": count_statements(rig, published, {D1: rows}),
            "31 intervals, 31 files": count_statements(
                rig, published, {each: rows_of(each, 100) for each in day("2013-03").units()}
            ),
        }
    spark.stop()
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    print(f"\n{count:,} rows, {rounds} round(s), round trip {options.round_trip} ms, median seconds")
    print("safe to try again: all but jdbc\n")
    for name, median in medians.items():
        print(f"{name:<12} {median:8.2f}   {median / medians['ours']:6.1f} x ours")
    print("\nstatements of one publish")
    for what, sent in statements.items():
        print(f"{what:<24} {sent:4}")
    best = min(medians["insert"], medians["executemany"])
    print(
        json.dumps(
            {
                "rows": count,
                "round_trip_ms": options.round_trip,
                "seconds": {name: round(median, 3) for name, median in medians.items()},
                "faster_than_safe": round(best / medians["ours"], 1),
                "statements": statements,
            }
        )
    )


if __name__ == "__main__":
    main()
