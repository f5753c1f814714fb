"""`sparkjob doctor` beside Spark: what another engine has done to a table, and what executors are."""

import json
from typing import TYPE_CHECKING

from tests.spark.cli.conftest import Caller

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_foreign_spark_is_named_and_executors_are_looked_at(sparkjob: Caller, spark: "SparkSession") -> None:
    """A deletion vector, the engine that made it, the way of executors to the stores; nothing is changed."""
    assert sparkjob("run", "split").code == 0
    table = f"delta.`{sparkjob.project.table('small.good')}`"
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")
    spark.sql(f"DELETE FROM {table} WHERE sensor = 2 AND day = '2013-01-01'")
    spark.sql(f"OPTIMIZE {table}")
    versions = spark.sql(f"DESCRIBE HISTORY {table}").count()

    told = sparkjob("doctor", "--spark", "--json")
    assert told.code == 0, told.out
    found = json.loads(told.out)
    whats = [each["what"] for each in found if each["about"] == "small.good" and each["state"] == "warning"]
    assert any("deletion vectors" in what for what in whats), whats
    assert any(what.startswith("DELETE by Apache-Spark/") for what in whats), whats
    assert spark.sql(f"DESCRIBE HISTORY {table}").count() == versions
    good = [(each["about"], each["what"]) for each in found if each["state"] == "good"]
    assert any(about == "session" and what.startswith("Spark ") for about, what in good)
    assert ("state", "Spark reads what the driver writes") in good
    assert ("store lake", "Spark reads what the driver writes") in good
