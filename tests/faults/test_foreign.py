"""Others write to the table between our plan and our publish; nothing is doubled."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.support.project import SmallProject, make_project


def _optimize(project: SmallProject) -> None:
    DeltaTable(project.table("small.good")).optimize.compact()


def _append(project: SmallProject) -> None:
    """Rows of the day that is being replaced, and of another one."""
    table = DeltaTable(project.table("small.good"))
    schema = table.to_pyarrow_table().schema
    rows = {"day": ["2013-01-01", "2013-01-09"], "sensor": [900, 901], "v": [7, 7]}
    days = pa.array(rows["day"]).cast(pa.date32())
    frame = pa.table({"day": days, "sensor": rows["sensor"], "v": rows["v"]}).cast(schema)
    write_deltalake(table, frame, mode="append")


@pytest.mark.parametrize("foreign", [_optimize, _append], ids=["optimize", "append"])
@pytest.mark.parametrize("event", ["staged", "audited"])
def test_foreign_commit_between_plan_and_publish(
    tmp_path: Path, foreign: Callable[[SmallProject], None], event: str
) -> None:
    """The interval's rows are ours once; a foreign row in it is replaced, one outside it stays."""
    project = make_project(tmp_path)
    project.write_readings(1, days=3)
    assert project.call("run", "split", "--interval", "2013-01-01/2013-01-04").returncode == 0
    project.write_readings(2, days=3)
    process = project.start(["run", "split"])
    assert process.stderr is not None
    for line in process.stderr:
        if line.split()[:2] == ["split", event]:
            os.killpg(process.pid, signal.SIGSTOP)
            break
    foreign(project)
    os.killpg(process.pid, signal.SIGCONT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    rows = DeltaTable(project.table("small.good")).to_pyarrow_table().to_pylist()
    found = sorted((str(row["day"]), row["sensor"], row["v"]) for row in rows)
    ours = [(f"2013-01-0{d}", s, 1 if d == 3 else 2) for d in (1, 2, 3) for s in range(0, 40, 2)]
    others = [("2013-01-09", 901, 7)] if foreign is _append else []
    assert found == ours + others
