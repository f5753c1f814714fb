"""`format: parquet` for outputs, alone and beside Delta: every command that looks or runs."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.tables.parquet.reader import ParquetReader
from framework.tables.parquet.table import open_table, read_pointers
from tests.spark.cli.conftest import Caller
from tests.support.project import LOCAL

PARQUET = 'datasets: {"*": {format: parquet}}'
MIXED = "datasets: {small.bad: {format: parquet}, small.total: {format: parquet}}"
BETWEEN = 'to_be_between("v", 0, 9)'
QUARANTINE = 'to_be_between("v", 0, 9, on_fail="quarantine")'
BAD = 'Output("small.bad", schema=SCHEMA, time="day")'
OF_TABLE = """Output(
            "small.bad",
            schema=SCHEMA,
            time="day",
            expectations=[expect.compound_columns_to_be_unique(["day", "sensor"], scope="table")],
        )"""


def _files(caller: Caller, dataset: str) -> list[Path]:
    root = caller.project.table(dataset)
    binding = Binding(dataset=dataset, format="parquet", location=Location(uri=str(root)))
    table, snapshot = open_table(binding.location), ParquetReader().pin(binding, ()).snapshot
    assert table is not None
    assert snapshot is not None
    return [root / f.path for each in read_pointers(table, snapshot.numbers).values() for f in each.files]


def _rows(caller: Caller, dataset: str) -> list[dict[str, object]]:
    tables = [pq.ParquetFile(file).read() for file in _files(caller, dataset)]
    rows: list[dict[str, object]] = pa.concat_tables(tables).to_pylist()
    return sorted(rows, key=repr)


def _edit(caller: Caller, path: str, old: str, new: str) -> None:
    place = caller.project.root / path
    assert old in place.read_text()
    place.write_text(place.read_text().replace(old, new))


@pytest.fixture(params=[PARQUET, MIXED], ids=["parquet", "mixed"])
def ran(sparkjob: Caller, request: pytest.FixtureRequest) -> Caller:
    """Both jobs have run once."""
    sparkjob.project.write("configs/local.yml", f"{LOCAL.rstrip()}\n    {request.param}\n")
    assert sparkjob("validate").code == 0
    told = sparkjob("run", "--all")
    assert told.code == 0, told.out + told.err
    return sparkjob


def test_what_is_current_is_not_run_again(ran: Caller) -> None:
    """The second run starts no Spark; status, plan and show know the tables."""
    assert [row["n"] for row in _rows(ran, "small.total")] == [20, 20]
    told = ran("run", "--all")
    assert (told.code, "2 unchanged" in told.out, "Spark was not started" in told.out) == (0, True, True)
    assert "2 unchanged" in ran("plan").out
    assert ran("status").out.count("published") == 2
    shown = ran("show", "split")
    assert (shown.code, "small.bad" in shown.out) == (0, True)


def test_a_change_replaces_the_rows_and_names_its_reason(ran: Caller) -> None:
    """New readings: both jobs run, and nothing of the old rows is left."""
    ran.project.write_readings(2)
    planned = ran("plan")
    assert "input changed: source.readings" in planned.out
    assert ran("run", "--all").code == 0
    assert {row["v"] for row in _rows(ran, "small.bad")} == {2}
    assert [row["v"] for row in _rows(ran, "small.total")] == [40, 40]
    told = ran("run", "split", "--interval", "2013-01-02", "--force")
    assert told.code == 0
    assert "input changed: small.good" in ran("plan", "total").out


def test_rejected_rows_are_never_visible(ran: Caller) -> None:
    """A critical rule is broken: 65, readers keep what they had, and `show --show-rows` has the rows."""
    before = _rows(ran, "small.bad"), _rows(ran, "small.total")
    ran.project.write_readings(99)
    told = ran("run", "--all")
    assert told.code == 65
    assert (_rows(ran, "small.bad"), _rows(ran, "small.total")) == before
    shown = ran("show", "split", "--show-rows", "1")
    assert shown.code == 0
    assert "99" in shown.out


def test_checks_run_looks_at_what_is_published(ran: Caller) -> None:
    """Also at rules about the whole table."""
    told = ran("checks", "run", "small.total", "small.bad")
    assert told.code == 0, told.err
    assert "small.total@1" in told.out
    (document,) = json.loads(ran("checks", "run", "small.bad", "--json").out)
    assert (document["version"], document["missing"]) == (2, [])


def test_a_foreign_hand_is_seen_and_mended(ran: Caller) -> None:
    """A file that somebody else has written is no input of anybody, and its interval is made anew."""
    (file, *_) = _files(ran, "small.bad")
    whole = pq.ParquetFile(file).read()
    pq.write_table(whole.slice(1), file)
    assert "small.bad was changed by somebody else" in ran("plan").out
    assert ran("checks", "run", "small.bad").code == 65
    assert ran("run", "--all").code == 0
    assert len(_rows(ran, "small.bad")) == 40


def test_a_new_column_is_added_and_a_missing_one_refused(ran: Caller) -> None:
    """By name, before anything is staged."""
    _edit(ran, "jobs/total.py", "v BIGINT", "v BIGINT, w STRING")
    _edit(ran, "jobs/total.py", '.alias("v"))', '.alias("v")).withColumn("w", F.lit("x"))')
    assert ran("run", "total").code == 0
    assert {row["w"] for row in _rows(ran, "small.total")} == {"x"}
    _edit(ran, "jobs/total.py", "v BIGINT, w STRING", "v BIGINT")
    told = ran("run", "total")
    assert told.code == 64
    assert "column w of the table is not in the schema" in told.out


def test_quarantine_and_rules_about_the_table(sparkjob: Caller) -> None:
    """Rows that break a rule go to a table of their own; a rule about the table reads the live rows."""
    sparkjob.project.write("configs/local.yml", f"{LOCAL.rstrip()}\n    {PARQUET}\n")
    _edit(sparkjob, "jobs/split.py", BETWEEN, QUARANTINE)
    _edit(sparkjob, "jobs/split.py", BAD, OF_TABLE)
    sparkjob.project.write_readings(99)
    told = sparkjob("run", "split", "--interval", "2013-01-01")
    assert told.code == 0, told.out + told.err
    assert len(_rows(sparkjob, "small.good__quarantine")) == 20
    assert _files(sparkjob, "small.good") == []
    told = sparkjob("run", "split", "--interval", "2013-01-02")
    assert told.code == 0, told.out + told.err
    assert len(_rows(sparkjob, "small.bad")) == 40
    assert sparkjob("checks", "run", "small.bad").code == 0
