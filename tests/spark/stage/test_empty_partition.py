"""An empty partition value, from the function's call to the table."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.support.calling import Caller, calling

CODES = '''
    """Readings by their code."""

    from framework import Input, Output, job, main


    @job(
        inputs={"readings": Input("source.readings", schema="day DATE, sensor INT, v INT")},
        outputs=Output(
            "small.codes", schema="day DATE, code STRING, v INT", time="day", partition_by=("day", "code")
        ),
        interval="day",
        start="2013-01-01",
        batch=31,
    )
    def codes(readings):
        """The second day has a reading without a code."""
        return readings.selectExpr("day", "IF(day = '2013-01-02' AND sensor = 1, '', 'a') AS code", "v")


    if __name__ == "__main__":
        main(codes)
'''


@pytest.fixture
def sparkjob(tmp_path: Path, monkeypatch, capsys, spark) -> Iterator[Caller]:
    """The small project as the working directory."""
    with calling(tmp_path / "project", monkeypatch, capsys) as caller:
        yield caller


def test_one_empty_partition_value_rejects_only_its_interval(sparkjob: Caller) -> None:
    """The rest of the batch is published; the record names the rule and counts the row."""
    sparkjob.project.write("jobs/codes.py", CODES)
    told = sparkjob("run", "codes", "--json")
    assert told.code == 65, told.err
    (record,) = json.loads(told.out)
    assert [part["outcome"] for part in record["intervals"]] == ["published", "rejected"]
    failed = [
        (check["type"], result["interval"][:10], result["unexpected"])
        for check in record["checks"]
        for result in check["results"]
        if result["state"] != "pass"
    ]
    assert failed == [("column_values_to_not_be_in_set", "2013-01-02", 1)]
    rows = DeltaTable(sparkjob.project.table("small.codes")).to_pyarrow_table().to_pylist()
    assert {(str(row["day"]), row["code"]) for row in rows} == {("2013-01-01", "a")}
