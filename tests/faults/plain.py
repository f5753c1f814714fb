"""Another team's Spark: plain delta-spark, which knows nothing of sparkjob. It reads, and it writes.

A line of standard input is one of
    {"watch": [path, ...]}   from now on, read these tables again and again
    {"seen": true}           stop reading; answers {"looks": {path: {rows by day and v: times seen}}}
    {"sql": [statement, ...]}
and the answer is one line of JSON, `{"error": …}` when something went wrong, also while reading.
"""

import json
import os
import queue
import sys
import threading
from collections import Counter
from pathlib import Path

from pyspark.sql import SparkSession

from framework.stage.jars import delta_settings

SETTINGS = {
    "spark.master": "local[1]",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.sql.shuffle.partitions": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    **delta_settings(),
}


def open_spark() -> SparkSession:
    """A session as any user of Delta has it."""
    builder: SparkSession.Builder = SparkSession.builder
    for key, value in SETTINGS.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def look(spark: SparkSession, table: str) -> str:
    """The rows of a table, counted by day and `v`, as text that can be compared."""
    if not (Path(table) / "_delta_log").is_dir():
        return "{}"
    rows = spark.read.format("delta").load(table).groupBy("day", "v").count().collect()
    return json.dumps({f"{row['day']} {row['v']}": row["count"] for row in rows}, sort_keys=True)


def main() -> None:
    """Answer until standard input ends."""
    # Who watches must not slow down what is watched.
    os.nice(10)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            asked.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    spark = open_spark()
    watched: list[str] = []
    looks: dict[str, Counter[str]] = {}
    failed: str | None = None

    def read_all() -> None:
        nonlocal failed
        try:
            for table in watched:
                looks[table][look(spark, table)] += 1
        except Exception as error:  # noqa: BLE001 - a reader that fails is what the test must hear of
            failed = f"{error}"[:2000]

    def answer(command: dict[str, list[str]]) -> dict[str, object]:
        nonlocal failed
        if "watch" in command:
            watched[:], failed = command["watch"], None
            looks.clear()
            looks.update({table: Counter() for table in watched})
            read_all()
            return {"error": failed} if failed else {}
        if "seen" in command:
            read_all()
            watched.clear()
            return {"error": failed} if failed else {"looks": looks}
        try:
            for statement in command["sql"]:
                spark.sql(statement).collect()
        except Exception as error:  # noqa: BLE001 - the same
            return {"error": f"{error}"[:2000]}
        return {}

    while True:
        if watched and asked.empty() and not failed:
            read_all()
            continue
        told = answer(json.loads(asked.get()))
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


main()
