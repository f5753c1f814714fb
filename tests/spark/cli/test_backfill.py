"""Many intervals: in batches or one by one, side by side, resumed, and told by `status` and `ready`."""

import json
from collections.abc import Mapping

import pytest
from deltalake import DeltaTable

from tests.spark.cli.conftest import Caller
from tests.support.project import SPLIT

DAYS = ("2013-01-01", "2013-01-02", "2013-01-03", "2013-01-04")
RANGE = "2013-01-01/2013-01-05"

# Two runs meet at the barrier, so that both are at work; each has registered its rows by then under
# one name, and reads them back by it.
SIDE_BY_SIDE = '''
    """Each day's own rows, through a temporary view."""

    from threading import Barrier

    from framework import Input, Output, job

    BOTH = Barrier(2, timeout=60)


    @job(
        inputs={"good": Input("small.good")},
        outputs=Output("small.side", schema="day DATE NOT NULL, n BIGINT", key="day", time="day"),
        interval="day",
        start="2013-01-01",
    )
    def side(good, *, spark, interval):
        """How many readings there are."""
        if interval.first_day.day == 3:
            raise ValueError("the third is not for us")
        assert spark.sparkContext.getLocalProperty("spark.scheduler.pool").startswith("sparkjob")
        good.createOrReplaceTempView("mine")
        spark.conf.set("spark.sql.shuffle.partitions", str(interval.first_day.day))
        if interval.first_day.day < 3:
            BOTH.wait()
        assert spark.conf.get("spark.sql.shuffle.partitions") == str(interval.first_day.day)
        return spark.sql("SELECT day, count(*) AS n FROM mine GROUP BY day")
'''
AFTER = '''
    """What reads the days of another job."""

    from framework import Input, Output, job


    @job(
        inputs={"side": Input("small.side")},
        outputs=Output("small.after", schema="day DATE NOT NULL, n BIGINT", key="day", time="day"),
        interval="day",
        start="2013-01-01",
    )
    def after(side):
        """As it is."""
        return side
'''
RUNNING = '''
    """A running total over days."""

    from framework import Input, Output, job


    @job(
        inputs={"good": Input("small.good"), "before": Input("small.running", window="previous")},
        outputs=Output("small.running", schema="day DATE NOT NULL, v BIGINT", key="day", time="day"),
        interval="day",
        start="2013-01-01",
    )
    def running(good, before):
        """The day's sum, and that of all days before."""
        from pyspark.sql import functions as F

        day = good.groupBy("day").agg(F.sum("v").alias("today"))
        total = before.agg(F.coalesce(F.sum("v"), F.lit(0)).alias("until"))
        return day.crossJoin(total).select("day", (F.col("today") + F.col("until")).alias("v"))
'''
FLAKY = '''
    """A job that meets trouble on one day, until somebody mends it."""

    from pathlib import Path

    from framework import Input, Output, job


    @job(
        inputs={"good": Input("small.good")},
        outputs=Output("small.flaky", schema="day DATE NOT NULL, sensor INT", time="day"),
        interval="day",
        start="2013-01-01",
    )
    def flaky(good, *, interval):
        """Which sensors there are."""
        if interval.first_day.day == 3 and not Path("mended").exists():
            raise ValueError("the third is not for us")
        return good.select("day", "sensor")
'''


@pytest.fixture
def year(sparkjob: Caller) -> Caller:
    """Four days of readings, and a project whose environment has no example interval."""
    sparkjob.project.write("configs/local.yml", "stores: {lake: {uri: .data}, raw: {uri: .data/raw}}\n")
    sparkjob.project.write_readings(1, days=4)
    return sparkjob


def _run(caller: Caller, *arguments: str, code: int = 0) -> dict[str, dict[str, str]]:
    """The outcome of each interval's first day, by job."""
    told = caller(*arguments, "--json")
    assert told.code == code, told.out + told.err
    outcomes: dict[str, dict[str, str]] = {}
    for record in json.loads(told.out):
        for part in record["intervals"]:
            outcomes.setdefault(record["job"], {})[part["interval"][:10]] = part["outcome"]
    return outcomes


def _rows(caller: Caller, dataset: str) -> list[tuple[object, ...]]:
    table = DeltaTable(caller.project.table(dataset)).to_pyarrow_table().to_pylist()
    return sorted(tuple(map(str, row.values())) for row in table)


def _numbers(caller: Caller, dataset: str, kept: str) -> Mapping[str, int | None]:
    """One of the three numbers of each day's generation."""
    table = DeltaTable(caller.project.table(dataset))
    ends = (*DAYS[1:], "2013-01-05")
    return {
        day: table.transaction_version(f"sparkjob:{dataset}:{day}T00:00:00Z/{end}T00:00:00Z#{kept}")
        for day, end in zip(DAYS, ends, strict=True)
    }


def _unbatched(caller: Caller) -> None:
    caller.project.write("jobs/split.py", SPLIT.replace("batch=31", "batch=1"))


def test_a_batch_and_nightly_runs_make_the_same(year: Caller) -> None:
    """Equal rows and fingerprints, so that a batch after nightly runs has nothing to do, or they after it."""
    datasets = ("small.good", "small.bad")
    for day in DAYS:
        assert _run(year, "run", "split", "--interval", day) == {"split": {day: "published"}}
    nightly = [(_rows(year, each), _numbers(year, each, "fingerprint")) for each in datasets]
    assert "1 unchanged" in year("run", "split", "--interval", RANGE).out
    for each in datasets:
        year.project.table(each).rename(year.project.table(f"{each}.nightly"))

    told = json.loads(year("run", "split", "--interval", RANGE, "--json").out)
    assert [len(record["intervals"]) for record in told] == [4]
    assert [(_rows(year, each), _numbers(year, each, "fingerprint")) for each in datasets] == nightly
    assert _rows(year, "small.good") != []
    assert DeltaTable(year.project.table("small.good")).version() == 1  # its creation, and one commit
    for day in DAYS:
        assert "1 unchanged" in year("run", "split", "--interval", day).out


def test_parallel_runs_share_nothing_but_spark(year: Caller) -> None:
    """Two days at work at once: own views, own settings; one that fails holds up only what reads it."""
    assert year("run", "split", "--interval", RANGE).code == 0
    year.project.write("jobs/side.py", SIDE_BY_SIDE)
    year.project.write("jobs/after.py", AFTER)
    outcomes = _run(year, "run", "side+", "--interval", RANGE, "--parallel", "2", code=70)
    good = dict.fromkeys(DAYS, "published")
    assert outcomes == {"side": good | {DAYS[2]: "failed"}, "after": good | {DAYS[2]: "blocked"}}
    assert _rows(year, "small.side") == [(DAYS[0], "20"), (DAYS[1], "20"), (DAYS[3], "20")]
    assert _rows(year, "small.after") == _rows(year, "small.side")


def test_bad_days_of_a_batch_are_rejected_by_themselves(year: Caller) -> None:
    """Of four days in one run three are bad: the fourth is published, and readers see none of the three."""
    readings = year.project.root / ".data/raw/readings.csv"
    text = readings.read_text()
    for day in DAYS[1:]:
        text = text.replace(f"{day},4,1", f"{day},4,99")
    readings.write_text(text)
    outcomes = _run(year, "backfill", "split", "--interval", RANGE, code=65)
    assert outcomes == {"split": {DAYS[0]: "published"} | dict.fromkeys(DAYS[1:], "rejected")}
    assert {day for day, *_ in _rows(year, "small.good")} == {DAYS[0]}


def test_parallel_keeps_the_order_that_the_data_want(year: Caller) -> None:
    """Jobs after what they read, and running totals one day after the other, however many may run at once."""
    _unbatched(year)
    year.project.write("jobs/running.py", RUNNING)
    told = year("backfill", "--all", "--interval", RANGE, "--parallel", "4")
    assert told.code == 0, told.out + told.err
    assert "3 published" in told.out
    assert _rows(year, "small.running") == [(day, str(20 * n)) for n, day in enumerate(DAYS, 1)]
    planned = [line.split()[0] for line in told.err.splitlines() if " planned " in line]
    assert [each for each in planned if each.startswith("running")] == [f"running[{day}]" for day in DAYS]


def test_a_changed_day_changes_all_running_totals_after_it(year: Caller) -> None:
    """Late data for one day: what reads it, directly or through the day before, is made anew in order."""
    year.project.write("jobs/running.py", RUNNING)
    assert year("run", "split", "running", "--interval", RANGE).code == 0
    readings = year.project.root / ".data/raw/readings.csv"
    readings.write_text(f"{readings.read_text()}2013-01-02,100,9\n")
    assert year("run", "split", "--interval", "2013-01-02").code == 0
    outcomes = _run(year, "backfill", "running", "--interval", RANGE, "--stale")
    assert outcomes == {"running": dict(zip(DAYS, ("unchanged", *["published"] * 3), strict=True))}
    assert _rows(year, "small.running") == [
        (day, str(20 * n + (9 if n > 1 else 0))) for n, day in enumerate(DAYS, 1)
    ]


def test_gaps_are_told_and_filled_and_what_is_stale_stays(year: Caller) -> None:
    """`status` names the gap; `--missing` fills it alone; `--stale` does the others; then all is current."""
    _unbatched(year)
    for day in (DAYS[0], DAYS[3]):
        assert year("run", "split", "--interval", day).code == 0
    path = year.project.root / "jobs/split.py"
    path.write_text(path.read_text().replace("sensor % 2 = 0", "sensor % 4 = 0"))
    states = {
        (line["interval"][:10], line["state"]) for line in json.loads(year("status", "split", "--json").out)
    }
    assert states == {(DAYS[0], "stale"), (DAYS[1], "gap"), (DAYS[3], "stale")}
    told = year("status", "split").out
    assert "sparkjob backfill split --missing --interval 2013-01-02/2013-01-04" in told

    planned = year("plan", "split", "--missing", "--interval", RANGE).out
    assert "2 intervals 2013-01-02/2013-01-04" in planned
    filled = _run(year, "backfill", "split", "--missing", "--interval", RANGE)
    assert filled == {"split": {DAYS[1]: "published", DAYS[2]: "published"}}
    assert "nothing is missing" in year("backfill", "split", "--missing", "--interval", RANGE).out
    mended = _run(year, "backfill", "split", "--stale", "--interval", RANGE)
    assert mended == {
        "split": dict(zip(DAYS, ("published", "unchanged", "unchanged", "published"), strict=True))
    }
    assert "1 of 1 line current" in year("status", "split").out


def test_resume_runs_what_is_left_of_the_last_invocation(year: Caller) -> None:
    """After the repair one command makes the bad day, and what waited for it; the rest is left as it is."""
    year.project.write("jobs/flaky.py", FLAKY)
    first = _run(year, "backfill", "split+", "--interval", RANGE, code=70)
    assert first["flaky"] == dict(zip(DAYS, ("published", "published", "failed", "published"), strict=True))
    (year.project.root / "mended").touch()
    outcomes = _run(year, "resume", "--last")
    assert outcomes["flaky"] == dict.fromkeys(DAYS, "unchanged") | {DAYS[2]: "published"}
    assert set(outcomes["split"].values()) | set(outcomes["total"].values()) == {"unchanged"}
    assert set(_numbers(year, "small.flaky", "generation").values()) == {1}
    assert "3 unchanged" in year("resume", "--last").out
    run = json.loads(year("show", "flaky", "--json").out)["run_id"]
    assert "3 unchanged" in year("resume", run).out


def test_resume_of_a_forced_run_forces_nothing_twice(year: Caller) -> None:
    """`--force` makes each interval anew once, however often it is resumed."""
    year.project.write("jobs/flaky.py", FLAKY)
    mended = year.project.root / "mended"
    mended.touch()
    assert year("run", "split", "flaky", "--interval", RANGE).code == 0
    mended.unlink()
    assert year("run", "flaky", "--interval", RANGE, "--force").code == 70
    assert _run(year, "resume", "--last", code=70) == {"flaky": {DAYS[2]: "failed"}}
    mended.touch()
    assert _run(year, "resume", "--last") == {"flaky": {DAYS[2]: "published"}}
    assert "nothing is left of it" in year("resume", "--last").out
    assert set(_numbers(year, "small.flaky", "generation").values()) == {2}
