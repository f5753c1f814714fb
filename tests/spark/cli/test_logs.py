"""`sparkjob logs`: what one run said, and nothing of the runs beside it."""

import json

import pytest

from tests.spark.cli.conftest import Caller

TALKS = '''
    """A job that says what it does."""

    import logging

    from framework import Input, Output, job


    @job(
        inputs={"good": Input("small.good")},
        outputs=Output("small.talks", schema="day DATE NOT NULL, sensor INT", time="day"),
        interval="day",
        start="2013-01-01",
        secrets={"token": "api"},
    )
    def talks(good, *, interval, token):
        """The sensors of a day."""
        print(f"today is {interval}", token.reveal())
        logging.getLogger("talks").warning("odd: %s", interval)
        if interval.first_day.day == 2:
            raise ValueError("enough")
        return good.select("day", "sensor")
'''


def test_a_log_has_its_own_run_and_no_secret(sparkjob: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps, prints and log records with their times; of two runs side by side each has its own."""
    monkeypatch.setenv("SPARKJOB_TEST_TOKEN", "tok-5f1c9a")
    sparkjob.project.write("jobs/talks.py", TALKS)
    local = sparkjob.project.root / "configs/local.yml"
    local.write_text(f'{local.read_text()}secrets: {{api: "${{secret:env:SPARKJOB_TEST_TOKEN}}"}}\n')
    assert sparkjob("run", "split").code == 0
    told = sparkjob("run", "talks", "--parallel", "2", "--json")
    assert told.code == 70
    records = json.loads(told.out[told.out.index("[\n") :])
    logs = {record["interval"][:10]: sparkjob("logs", record["run_id"]).out for record in records}
    assert logs.keys() == {"2013-01-01", "2013-01-02"}
    for day, other in (("2013-01-01", "2013-01-02"), ("2013-01-02", "2013-01-01")):
        assert f"today is {day} ***" in logs[day]
        assert f"odd: {day}" in logs[day]
        assert f"today is {other}" not in logs[day]
        assert "tok-5f1c9a" not in logs[day]
    assert "published small.talks" in logs["2013-01-01"]
    assert "ValueError: enough" in logs["2013-01-02"]
    stored = (path.read_text() for path in sparkjob.project.table("sparkjob").rglob("*.log"))
    assert not any("tok-5f1c9a" in text for text in stored)


def test_a_run_without_a_log_is_told_so(sparkjob: Caller) -> None:
    """A job that never ran, and a run whose log is gone, are 64 with what can be asked instead."""
    assert "split has never run" in sparkjob("logs", "split").err
    assert sparkjob("run", "split").code == 0
    assert "staged 2 outputs" in sparkjob("logs", "split").out
    for path in sparkjob.project.table("sparkjob").rglob("*.log"):
        path.unlink()
    told = sparkjob("logs", "split")
    assert told.code == 64
    assert "sparkjob show" in told.err
