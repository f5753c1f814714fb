"""Others write to the table, by plain delta-spark, between our plan and our publish: nothing is doubled."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from deltalake import DeltaTable

from tests.faults.processes import Plain, Resident
from tests.faults.world import BAD, GOOD, TABLES, Rows, day_of, expected, rows
from tests.support.exhaustive import mark_all_but
from tests.support.project import SmallProject

DAYS = 3
"""Days that are published; the run under test replaces the first two."""


@dataclass(frozen=True)
class Hand:
    """What others do to `small.good` (`{}` in SQL), and what this makes of the rows outside of our days."""

    statements: tuple[str, ...]
    outside: Callable[[Rows], Rows] = list


MERGE = """
    MERGE INTO {} t USING (SELECT DATE'2013-01-01' day, 0 sensor UNION SELECT DATE'2013-01-02', 901) s
    ON t.day = s.day AND t.sensor = s.sensor
    WHEN MATCHED THEN UPDATE SET v = 9
    WHEN NOT MATCHED THEN INSERT (day, sensor, v) VALUES (s.day, s.sensor, 9)
"""
HANDS = {
    "optimize": Hand(("OPTIMIZE {} ZORDER BY (sensor)",)),
    "append": Hand(
        ("INSERT INTO {} VALUES (DATE'2013-01-01', 900, 7), (DATE'2013-01-09', 901, 7)",),
        lambda third: [*third, ("2013-01-09", 901, 7)],
    ),
    "delete": Hand(
        ("DELETE FROM {} WHERE sensor < 20",), lambda third: [row for row in third if row[1] >= 20]
    ),
    "update": Hand(("UPDATE {} SET v = 8",), lambda third: [(day, sensor, 8) for day, sensor, _ in third]),
    "merge": Hand((MERGE,)),
    "restore": Hand(("RESTORE TABLE {} TO VERSION AS OF 0",), lambda _: []),
    "overwrite": Hand(("INSERT OVERWRITE {} VALUES (DATE'2013-01-02', 900, 7)",), lambda _: []),
}
VACUUM = ("VACUUM {} RETAIN 0 HOURS",)


@pytest.fixture
def later(project: SmallProject, resident: Resident) -> SmallProject:
    """Three published days, and new readings."""
    project.write_readings(1, days=DAYS)
    assert resident.run(project, "split", "--interval", f"{day_of(0)}/{day_of(DAYS)}").code == 0
    project.write_readings(2, days=DAYS)
    return project


def _sql(plain: Plain, project: SmallProject, statements: tuple[str, ...], *datasets: str) -> None:
    for dataset in datasets:
        plain.sql(*(statement.format(f"delta.`{project.table(dataset)}`") for statement in statements))


def _version(project: SmallProject) -> int:
    return DeltaTable(project.table(GOOD)).version()


def _old(project: SmallProject) -> list[bool]:
    """Whether each output shows exactly what was published first."""
    return [rows(project, dataset) == expected(dataset, 1, days=DAYS) for dataset in TABLES]


@pytest.mark.parametrize("name", mark_all_but(["optimize", "restore", "overwrite"], HANDS))
def test_commit_between_plan_and_publish(
    later: SmallProject, resident: Resident, plain: Plain, name: str
) -> None:
    """Promises 2 and 3: our days have our rows, once, whatever came in between; what is outside stays."""
    hand = HANDS[name]
    resident.hold(later, "split", at="audited")
    before = _version(later)
    _sql(plain, later, hand.statements, GOOD)
    assert _version(later) > before, "nothing came in between"
    ended = resident.release()
    assert ended.code == 0, ended.out + ended.err
    third = [row for row in expected(GOOD, 1, days=DAYS) if row[0] == day_of(2)]
    assert rows(later, GOOD) == expected(GOOD, 2) + hand.outside(third)
    assert rows(later, BAD) == expected(BAD, 2) + [
        r for r in expected(BAD, 1, days=DAYS) if r[0] == day_of(2)
    ]
    assert "1 unchanged" in resident.run(later, "split").out


@pytest.mark.parametrize(("event", "code"), [("staged", 70), ("audited", 75)])
def test_vacuum_of_staged_files(
    later: SmallProject, resident: Resident, plain: Plain, event: str, code: int
) -> None:
    """Promise 6: staged files that a VACUUM took are missed by name, and nothing is published."""
    resident.hold(later, "split", at=event)
    _sql(plain, later, VACUUM, *TABLES)
    ended = resident.release()
    assert ended.code == code, ended.out + ended.err
    assert "data/" in ended.out
    assert "gone" in ended.out
    assert _old(later) == [True, True]
    assert resident.run(later, "split").code == 0
    assert rows(later, GOOD)[:40] == expected(GOOD, 2)


def test_vacuum_between_the_two_publishes(later: SmallProject, resident: Resident, plain: Plain) -> None:
    """Promise 3: the first output is whole, the second old; the next run makes both again."""
    resident.hold(later, "split", at=f"published {GOOD}")
    _sql(plain, later, VACUUM, *TABLES)
    ended = resident.release()
    assert ended.code == 75, ended.out + ended.err
    assert rows(later, GOOD)[:40] == expected(GOOD, 2)
    assert rows(later, BAD) == expected(BAD, 1, days=DAYS)
    assert resident.run(later, "split").code == 0
    assert rows(later, BAD)[:40] == expected(BAD, 2)


def test_table_dropped_between_plan_and_publish(later: SmallProject, resident: Resident) -> None:
    """Promise 6: a table that is gone is not brought back half; 75, and the next run makes it anew."""
    resident.hold(later, "split", at="audited")
    shutil.rmtree(later.table(GOOD))
    ended = resident.release()
    assert ended.code == 75, ended.out + ended.err
    assert "small.good" in ended.out
    assert not later.table(GOOD).exists()
    assert resident.run(later, "split").code == 0
    assert rows(later, GOOD) == expected(GOOD, 2)
    assert rows(later, BAD)[:40] == expected(BAD, 2)


def test_table_replaced_by_another(later: SmallProject, resident: Resident, plain: Plain) -> None:
    """Promise 6: a table that somebody made in its place is theirs: named, and never touched."""
    resident.hold(later, "split", at="audited")
    _sql(
        plain,
        later,
        ("CREATE OR REPLACE TABLE {} USING delta AS SELECT DATE'2013-01-01' AS day, 1 AS x",),
        GOOD,
    )
    before = _version(later)
    ended = resident.release()
    assert ended.code == 75, ended.out + ended.err
    assert "small.good" in ended.out
    again = resident.run(later, "split")
    assert again.code == 64
    assert "the table was not made by sparkjob" in again.out
    assert _version(later) == before
    assert rows(later, BAD) == expected(BAD, 1, days=DAYS)


def test_plain_spark_and_our_runs_take_turns(later: SmallProject, resident: Resident, plain: Plain) -> None:
    """Promise 2: a VACUUM changes nothing; each change by others is told by the next run, and mended."""
    ours = [*expected(GOOD, 2), *(row for row in expected(GOOD, 1, days=DAYS) if row[0] == day_of(2))]
    assert resident.run(later, "split").code == 0
    _sql(plain, later, VACUUM, *TABLES)
    assert "1 unchanged" in resident.run(later, "split").out
    for name in ("delete", "update", "merge"):
        _sql(plain, later, HANDS[name].statements, GOOD)
        again = resident.run(later, "split", "--json")
        assert again.code == 0, again.out + again.err
        assert "small.good was changed by somebody else" in again.out
        assert rows(later, GOOD)[:40] == ours[:40]
    _sql(plain, later, VACUUM, *TABLES)
    assert rows(later, GOOD)[:40] == ours[:40]
    assert "1 unchanged" in resident.run(later, "split").out


MOMENTS = '''
    """Readings by the minute, in a table that no partition tells the days of."""

    from framework import Input, Output, job, main


    @job(
        inputs={"readings": Input("source.readings", schema="day DATE NOT NULL, sensor INT NOT NULL, v INT")},
        outputs=Output("small.moments", schema="at TIMESTAMP NOT NULL, v INT", time="at"),
        interval="day",
        start="2013-01-01",
        batch=31,
    )
    def moments(readings, *, interval):
        """A sensor reports once a minute."""
        from pyspark.sql import functions as F

        days = readings.where(F.col("day").between(interval.first_day, interval.last_day))
        return days.select(F.expr("CAST(day AS TIMESTAMP) + make_dt_interval(0, 0, sensor)").alias("at"), "v")


    if __name__ == "__main__":
        main(moments)
'''


def _moments(project: SmallProject) -> list[int]:
    """The values of all rows."""
    table = DeltaTable(project.table("small.moments")).to_pyarrow_table()
    assert len(set(table.column("at").to_pylist())) == table.num_rows, "rows doubled"
    return sorted(table.column("v").to_pylist())


def test_compacted_table_whose_files_are_of_no_interval(
    project: SmallProject, resident: Resident, plain: Plain
) -> None:
    """Promise 3: where others' files cannot be told apart by interval, 64 by name, no row is doubled."""
    project.write("jobs/moments.py", MOMENTS)
    assert resident.run(project, "moments").code == 0
    project.write_readings(2)
    resident.hold(project, "moments", at="audited")
    plain.sql(f"OPTIMIZE delta.`{project.table('small.moments')}`")
    ended = resident.release()
    assert ended.code == 64, ended.out + ended.err
    assert "another engine has written or compacted this table" in ended.out
    assert _moments(project) == [1] * 80


@pytest.mark.parametrize("name", ["optimize", "append"])
def test_commit_into_a_whole_table(
    project: SmallProject, resident: Resident, plain: Plain, name: str
) -> None:
    """Promises 2 and 3: a table that is replaced whole has our rows alone."""
    assert resident.run(project, "--all").code == 0
    project.write_readings(2)
    assert resident.run(project, "split").code == 0
    resident.hold(project, "total", at="audited")
    append = "INSERT INTO {} VALUES (DATE'2013-01-01', 900, 7), (DATE'2013-01-09', 901, 7)"
    statement = append if name == "append" else "OPTIMIZE {} ZORDER BY (n)"
    _sql(plain, project, (statement,), "small.total")
    ended = resident.release()
    assert ended.code == 0, ended.out + ended.err
    found = DeltaTable(project.table("small.total")).to_pyarrow_table().to_pylist()
    assert sorted((str(row["day"]), row["n"], row["v"]) for row in found) == [
        (day_of(number), 20, 40) for number in range(2)
    ]
