"""SIGKILL in runs that merge rows: every version that there ever was is one whole state."""

import signal
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.faults.processes import Driver, Resident
from tests.faults.world import tiny_project
from tests.support.exhaustive import mark_all_but
from tests.support.project import SmallProject

STATE, HISTORY = "small.state", "small.history"
JOBS = '''
    """The newest reading of each sensor, and how its readings came to be."""

    from framework import Input, Output, job

    SCHEMA = "day DATE NOT NULL, sensor INT NOT NULL, v INT"
    KEYED = {"key": "sensor", "time": "day", "sequence_by": "day", "delete_when": "v > 2"}


    @job(
        inputs={"readings": Input("source.readings", schema=SCHEMA)},
        outputs={
            "state": Output("small.state", schema=SCHEMA, mode="merge", **KEYED),
            "history": Output(
                "small.history",
                schema=SCHEMA + ", valid_from DATE, valid_to DATE, is_current BOOLEAN",
                mode="scd2",
                **KEYED,
            ),
        },
        interval="day",
        start="2013-01-01",
    )
    def keep(readings, *, interval):
        days = readings.where(readings["day"] == interval.first_day)
        return {"state": days, "history": days}
'''
DAY = ("--interval", "2013-01-02")
EVENTS = ["planned", "staged", "audited", "intent", f"published {STATE}", f"published {HISTORY}"]


def readings(project: SmallProject) -> None:
    """Of two days: some sensors change, some stay, some are gone, some are new."""
    first = [f"2013-01-01,{sensor},1" for sensor in range(20)]
    second = [f"2013-01-02,{sensor},{sensor % 3 + 1}" for sensor in range(5, 25)]
    project.write(".data/raw/readings.csv", "\n".join(["day,sensor,v", *first, *second, ""]))


def newest(days: int) -> dict[int, int]:
    """The value of each sensor, after so many days."""
    found = dict.fromkeys(range(20 if days else 0), 1)
    if days > 1:
        found |= {sensor: sensor % 3 + 1 for sensor in range(5, 25)}
    return {sensor: v for sensor, v in found.items() if v <= 2}


def states(project: SmallProject, dataset: str) -> list[dict[int, int]]:
    """The value of each sensor in every version that there ever was; of the history what holds."""
    path = project.table(dataset)
    found = []
    for version in range(DeltaTable(path).version() + 1):
        rows = DeltaTable(path, version=version).to_pyarrow_table().to_pylist()
        rows = [row for row in rows if row.get("is_current", True)]
        assert len(rows) == len({row["sensor"] for row in rows})
        found.append({row["sensor"]: row["v"] for row in rows})
    return found


@pytest.mark.parametrize("event", mark_all_but(["intent", f"published {STATE}"], EVENTS))
def test_killed_at_an_event_and_run_again_equals_one_clean_run(
    tmp_path: Path, resident: Resident, event: str
) -> None:
    """Promises 1 to 3 for `merge` and `scd2` of one run: nothing lost, nothing doubled, no mix."""
    project = tiny_project(tmp_path, {"jobs/keep.py": JOBS})
    readings(project)
    assert resident.run(project, "keep", "--interval", "2013-01-01").code == 0
    with Driver(project, "run", "keep", *DAY, hold=event) as driver:
        driver.kill()
        assert driver.end().code == -signal.SIGKILL
        again = resident.run(project, "keep", *DAY)
    assert again.code == 0, again.out + again.err
    for dataset in (STATE, HISTORY):
        seen = states(project, dataset)
        assert seen[-1] == newest(2)
        assert all(state in (newest(0), newest(1), newest(2)) for state in seen)
    rows = DeltaTable(project.table(HISTORY)).to_pyarrow_table().to_pylist()
    assert len(rows) == 20 + sum(
        sensor % 3 + 1 <= 2 and (sensor >= 20 or sensor % 3 != 0) for sensor in range(5, 25)
    )
    third = resident.run(project, "keep", *DAY)
    assert "1 unchanged" in third.out, third.out + third.err
