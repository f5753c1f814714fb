"""Rules on inputs: looked at before the function is called, once for each version, and remembered."""

import json
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.spark.cli.conftest import Caller

READER = '''
    """The good readings, if they are good enough."""

    from pathlib import Path

    from framework import Input, Output, expect, job


    @job(
        inputs={
            "good": Input(
                "small.good",
                expectations=[
                    expect.column_values_to_be_between("v", 0, MOST),
                    expect.table_row_count_to_be_between(max_value=5, severity="warning"),
                ],
            ),
            "readings": Input(
                "source.readings",
                expectations=[expect.column_values_to_not_be_null("sensor", mostly=0.5)],
            ),
        },
        outputs=Output("small.copy", schema="day DATE NOT NULL, sensor INT, v INT", time="day"),
        interval="day",
        start="2013-01-01",
        batch=31,
    )
    def copy(good, readings):
        """Copy them."""
        Path("called").touch()
        return good
'''


def _reader(most: int) -> str:
    return READER.replace("MOST", str(most))


@pytest.fixture
def ran(sparkjob: Caller) -> Caller:
    """What `copy` reads is there: on 2013-01-01 all values are 1, on 2013-01-02 they are 2."""
    project = sparkjob.project
    project.write("jobs/copy.py", _reader(9))
    _write(sparkjob, 1, 2)
    assert sparkjob("run", "split").code == 0
    return sparkjob


def _write(caller: Caller, *values: int) -> None:
    rows = [f"2013-01-0{day + 1},{sensor},{v}" for day, v in enumerate(values) for sensor in range(40)]
    caller.project.write(".data/raw/readings.csv", "\n".join(["day,sensor,v", *rows, ""]))


def _run(caller: Caller, *arguments: str) -> tuple[int, dict[str, object]]:
    """The exit code, and the last record."""
    told = caller("run", "copy", "--json", *arguments)
    return told.code, json.loads(told.out)[-1]


def _memory(caller: Caller) -> list[Path]:
    return sorted((caller.project.root / ".data/sparkjob/checked").rglob("*.json"))


def test_bad_interval_of_an_input_stops_only_those_who_read_it(ran: Caller) -> None:
    """The day whose input breaks a rule is rejected before the function is called; the other is published."""
    ran.project.write("jobs/copy.py", _reader(1))
    told = ran("run", "copy", "--json")
    bad, good = json.loads(told.out)
    assert told.code == 65
    assert [part["interval"][:10] for part in bad["intervals"]] == ["2013-01-02"]
    assert [part["interval"][:10] for part in good["intervals"]] == ["2013-01-01"]
    assert (bad["outcome"], good["outcome"]) == ("rejected", "published")
    (fault,) = bad["faults"]
    assert fault["what"].startswith('input "good", small.good@')
    assert "made by split: column_values_to_be_between(v, 0, 1)  20 of 20 rows" in fault["what"]
    assert fault["where"].startswith("jobs/copy.py:")
    assert "sparkjob run split+" in fault["hint"]
    days = DeltaTable(ran.project.table("small.copy")).to_pyarrow_table()["day"].to_pylist()
    assert {str(day) for day in days} == {"2013-01-01"}


def test_nothing_is_called_or_staged_when_all_inputs_are_bad(ran: Caller) -> None:
    """The function is not called and no file is written; `show` says which input, and why."""
    ran.project.write("jobs/copy.py", _reader(0))
    code, record = _run(ran)
    assert (code, record["outcome"], record["staged"]) == (65, "rejected", {})
    assert not (ran.project.root / "called").exists()
    assert not list(ran.project.table("small.copy").rglob("*.parquet"))
    told = ran("show", "copy")
    assert "✗ input small.good: column_values_to_be_between(v, 0, 0)" in told.out


def test_warnings_are_reported_and_stop_nothing(ran: Caller) -> None:
    """A broken rule with severity warning is in the record, as one about the input."""
    code, record = _run(ran)
    assert code == 0
    checks = {c["type"]: c for c in record["checks"] if c["is_input"]}
    assert [r["state"] for r in checks["table_row_count_to_be_between"]["results"]] == ["fail", "fail"]
    assert [r["observed"] for r in checks["table_row_count_to_be_between"]["results"]] == [20, 20]
    assert checks["column_values_to_not_be_null"]["dataset"] == "source.readings"
    assert [r["interval"] for r in checks["column_values_to_not_be_null"]["results"]] == ["whole"]


def test_verdicts_are_remembered_for_a_version(ran: Caller) -> None:
    """What is kept is believed for the same version and rules, and for no others; broken, it is made anew."""
    assert _run(ran)[0] == 0
    kept = {path.parent.name: path for path in _memory(ran)}
    assert set(kept) == {"small.good", "source.readings"}
    good = kept["small.good"]
    good.write_text(good.read_text().replace('"pass"', '"fail"'))
    assert _run(ran, "--force")[0] == 65

    good.write_text("{")
    assert _run(ran, "--force")[0] == 0
    assert '"pass"' in good.read_text()

    good.write_text(good.read_text().replace('"pass"', '"fail"'))
    ran.project.write("jobs/copy.py", _reader(8))
    assert _run(ran)[0] == 0, "other rules"

    for path in _memory(ran):
        path.write_text(path.read_text().replace('"pass"', '"fail"'))
    _write(ran, 1, 3)
    assert ran("run", "split").code == 0
    assert _run(ran)[0] == 0, "another version"


def test_changed_rules_of_an_input_make_the_job_run_again(ran: Caller) -> None:
    """They are checks of the job like those of its outputs."""
    assert _run(ran)[0] == 0
    assert "unchanged" in ran("plan", "copy").out
    ran.project.write("jobs/copy.py", _reader(8))
    assert "expectations changed" in ran("plan", "copy").out


def test_columns_that_the_file_does_not_have(ran: Caller) -> None:
    """Rules on a source without a schema are held against its columns when it is read: 64, with the place."""
    ran.project.write("jobs/copy.py", _reader(9).replace('"sensor", mostly', '"senor", mostly'))
    told = ran("run", "copy")
    assert told.code == 64
    assert 'does not have: "senor"' in told.out + told.err
    assert "jobs/copy.py:" in told.out + told.err


def test_an_input_is_recent_by_the_end_of_its_interval(ran: Caller) -> None:
    """A rule about freshness on an input looks from the end of each of its intervals."""
    rules = "".join(
        f'expect.column_max_to_be_recent("day", "{within}", severity="warning"), '
        for within in ("24 hours", "23 hours")
    )
    old = "expect.table_row_count_to_be_between(max_value=5"
    ran.project.write("jobs/copy.py", _reader(9).replace(old, f"{rules}{old}"))
    code, record = _run(ran)
    assert code == 0
    found = [c for c in record["checks"] if c["type"] == "column_max_to_be_recent"]
    states = {c["arguments"]["within"]: [r["state"] for r in c["results"]] for c in found}
    assert states == {"24 hours": ["pass", "pass"], "23 hours": ["fail", "fail"]}


def test_a_column_that_is_masked_later(ran: Caller) -> None:
    """What was observed before, and is remembered, is not told any more."""
    rule = 'expect.column_max_to_be_between("v", 0, 0, severity="warning"), '
    old = "expect.table_row_count_to_be_between(max_value=5"
    ran.project.write("jobs/copy.py", _reader(9).replace(old, f"{rule}{old}"))

    def observed() -> list[object]:
        code, record = _run(ran, "--force")
        assert code == 0
        (check,) = [c for c in record["checks"] if c["type"] == "column_max_to_be_between"]
        return [result["observed"] for result in check["results"]]

    assert observed() == [1, 2]
    split = ran.project.root / "jobs/split.py"
    text = split.read_text().replace("schema=SCHEMA,\n", 'schema=Schema.of(SCHEMA).masked("v"),\n')
    split.write_text(text.replace("import Input, Output", "import Input, Output, Schema"))
    assert "Schema.of" in split.read_text()
    assert observed() == [None, None]
