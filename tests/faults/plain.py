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
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.sql import SparkSession

from framework.stage.jars import delta_settings
from tests.faults.answers import take_stdout

SETTINGS = {
    "spark.master": "local[1]",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.sql.shuffle.partitions": "1",
    # VACUUM makes so many tasks, 10,000 if nobody says otherwise.
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    **delta_settings(),
}


@dataclass
class Plain:
    """One session, and what it saw of the tables that it watches."""

    spark: SparkSession
    looks: dict[str, Counter[str]] = field(default_factory=dict)
    failed: str | None = None

    @property
    def is_watching(self) -> bool:
        """Whether there is anything to read, and it could be read so far."""
        return bool(self.looks) and self.failed is None

    def look(self) -> None:
        """Read every watched table once."""
        try:
            for table, seen in self.looks.items():
                seen[self._state(table)] += 1
        except Exception as error:  # noqa: BLE001 - a reader that fails is what the test must hear of
            self.failed = f"{error}"[:2000]

    def answer(self, command: dict[str, list[str]]) -> dict[str, object]:
        """Do what is asked."""
        looks: dict[str, Counter[str]] = {}
        if "watch" in command:
            self.looks, self.failed = {table: Counter() for table in command["watch"]}, None
            self.look()
        elif "seen" in command:
            self.look()
            looks, self.looks = self.looks, {}
        else:
            self._run(command["sql"])
        failed, self.failed = self.failed, None
        return {"error": failed} if failed else {"looks": looks}

    def _run(self, statements: list[str]) -> None:
        try:
            for statement in statements:
                self.spark.sql(statement).collect()
        except Exception as error:  # noqa: BLE001 - the same
            self.failed = f"{error}"[:2000]

    def _state(self, table: str) -> str:
        """The rows of a table, counted by day and `v`, as text that can be compared."""
        if not (Path(table) / "_delta_log").is_dir():
            return "{}"
        rows = self.spark.read.format("delta").load(table).groupBy("day", "v").count().collect()
        return json.dumps({f"{row['day']} {row['v']}": row["count"] for row in rows}, sort_keys=True)


def open_spark() -> SparkSession:
    """A session as any user of Delta has it."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder: SparkSession.Builder = SparkSession.builder
    for key, value in SETTINGS.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def main() -> None:
    """Answer until standard input ends."""
    # Who watches must not slow down what is watched.
    os.nice(10)
    answer = take_stdout()
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            asked.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    plain = Plain(open_spark())
    while True:
        if plain.is_watching and asked.empty():
            plain.look()
        else:
            answer(plain.answer(json.loads(asked.get())))


main()
