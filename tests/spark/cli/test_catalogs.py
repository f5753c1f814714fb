"""Catalogs follow what jobs publish, and a run puts right what an earlier one left behind."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pyarrow.dataset as ds
import pytest
from deltalake import DeltaTable

from tests.s3.faulty import Fault
from tests.s3.serving import S3
from tests.spark.cli.conftest import Caller
from tests.support.project import ROOT, make_project

GLUE = """
    datasets:
      "*": {catalog: {type: glue, database: small}}
      small.good: {format: parquet}
"""
HIVE = """
    datasets:
      small.good: {format: parquet, catalog: {type: hive, database: small}}
      small.total: {catalog: {type: hive, database: small}}
"""
IN_ONE_SPARK = """
import json
import sys

from framework.cli.faults import exit_code_of
from framework.cli.main import cli
from framework.stage.session import open_session
from framework.stage.settings import DELTA

hive = {
    "spark.sql.catalogImplementation": "hive",
    # Its tables are made one by one, each waiting for the disk, if it is a folder.
    "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:small;create=true",
    "spark.master": "local[1]",
    "spark.driver.memory": "1g",
    "spark.sql.shuffle.partitions": "1",
}
spark = open_session("hive", spark={**DELTA, **hive})


def run(*more):
    return exit_code_of(cli, ["run", *more], name="sparkjob")


def read():
    spark.catalog.refreshTable("small.small_good")
    good = spark.table("small.small_good")
    return {
        "good": sorted({(str(row.day), row.v) for row in good.collect()}),
        "one day": good.where("day = DATE '2013-01-02'").count(),
        "total": sorted((str(row.day), row.v) for row in spark.table("small.small_total").collect()),
    }


told = {"no database": run("split")}
spark.sql("CREATE DATABASE small")
told["healed"] = run("--all")
told["first"] = read()
path = ".data/raw/readings.csv"
with open(path) as file:
    lines = [line for line in file if not line.startswith("2013-01-01")]
with open(path, "w") as file:
    file.writelines(line.replace(",1\\n", ",7\\n") for line in lines)
told["again"] = run("--all")
told["second"] = read()
print("told", json.dumps(told))
"""


@pytest.fixture
def glue(s3: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client, and a database that is this test's own."""
    with s3.glue("small", monkeypatch) as client:
        yield client


def _values(glue: Any) -> dict[str, set[int]]:
    """The values of `v` in each day, by the locations that the catalog gives."""
    found = glue.get_partitions(DatabaseName="small", TableName="small_good")["Partitions"]
    places = {each["Values"][0]: urlparse(each["StorageDescriptor"]["Location"]).path for each in found}
    return {
        day: set(ds.dataset(unquote(place), format="parquet").to_table()["v"].to_pylist())
        for day, place in places.items()
    }


def test_a_catalog_that_fails_takes_nothing_back_and_is_put_right(
    sparkjob: Caller, glue: Any, s3: S3
) -> None:
    """75 with the reason while the rows are published; the same run again heals it without Spark."""
    local = sparkjob.project.root / "configs" / "local.yml"
    sparkjob.project.write("glue.yml", GLUE)
    local.write_text(local.read_text() + (sparkjob.project.root / "glue.yml").read_text())
    told = sparkjob("run", "--all")
    assert told.code == 0, told.out
    assert _values(glue) == {"2013-01-01": {1}, "2013-01-02": {1}}
    provider = glue.get_table(DatabaseName="small", Name="small_total")["Table"]["Parameters"]
    assert provider["spark.sql.sources.provider"] == "delta"

    sparkjob.project.write_readings(2)
    with s3.faults(Fault(match="BatchUpdatePartition", action="denied", times=9)):
        told = sparkjob("run", "split")
    assert told.code == 75
    assert "small.good is published, and the catalog does not show it yet" in told.out + told.err
    assert set(DeltaTable(str(sparkjob.project.table("small.bad"))).to_pyarrow_table()["v"].to_pylist()) == {
        2
    }
    assert _values(glue) == {"2013-01-01": {1}, "2013-01-02": {1}}

    told = sparkjob("run", "split")
    assert told.code == 0, told.out + told.err
    assert "Spark was not started" in told.out
    assert _values(glue) == {"2013-01-01": {2}, "2013-01-02": {2}}

    glue.delete_database(Name="small")
    sparkjob.project.write_readings(3)
    told = sparkjob("run", "split")
    assert told.code == 64
    assert "there is no such database" in told.out + told.err
    glue.create_database(DatabaseInput={"Name": "small"})


def test_spark_reads_by_a_hive_metastore_what_is_published(tmp_path: Path) -> None:
    """A metastore of Derby, switched with each publish; it is not asked when nothing was published."""
    project = make_project(tmp_path / "project")
    project.write("hive.yml", HIVE)
    local = project.root / "configs" / "local.yml"
    local.write_text(local.read_text() + (project.root / "hive.yml").read_text())
    script = project.write("in_one_spark.py", IN_ONE_SPARK)
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    line = next((line for line in done.stdout.splitlines() if line.startswith("told ")), None)
    assert line is not None, done.stdout + done.stderr
    told = json.loads(line.removeprefix("told "))
    assert told == {
        "no database": 75,
        "healed": 0,
        "first": {
            "good": [["2013-01-01", 1], ["2013-01-02", 1]],
            "one day": 20,
            "total": [["2013-01-01", 20], ["2013-01-02", 20]],
        },
        "again": 0,
        # A day without rows has no partition.
        "second": {"good": [["2013-01-02", 7]], "one day": 20, "total": [["2013-01-02", 140]]},
    }, done.stdout + done.stderr
    idle = project.call("run", "--all")
    assert idle.returncode == 0, idle.stderr
    assert "Spark was not started" in idle.stdout
