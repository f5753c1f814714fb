"""A sandbox at work: production is read, and no byte of it is written."""

import json
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.spark.cli.conftest import Caller

DEV = """
    extends: local
    inputs_from: local
    stores: {lake: {uri: .sandbox}}
"""
QUARANTINE = 'to_be_between("v", 0, 9, on_fail="quarantine")'


def _files(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in root.rglob("*") if path.is_file()
    }


def _edit(caller: Caller, path: str, old: str, new: str) -> None:
    place = caller.project.root / path
    assert old in place.read_text()
    place.write_text(place.read_text().replace(old, new))


def _sums(caller: Caller) -> set[int]:
    table = DeltaTable(str(caller.project.root / ".sandbox" / "small.total")).to_pyarrow_table()
    return set(table["v"].to_pylist())


@pytest.mark.parametrize("format_", ["delta", "parquet"])
def test_production_is_read_and_never_written(sparkjob: Caller, format_: str) -> None:
    """Outputs, quarantine, stages, state, rejected and repeated runs: all in the sandbox."""
    local = sparkjob.project.root / "configs" / "local.yml"
    local.write_text(f"{local.read_text()}datasets: {{'small.good': {{format: {format_}}}}}\n")
    sparkjob.project.write("configs/dev.yml", DEV)
    assert sparkjob("run", "--all").code == 0
    before = _files(sparkjob.project.root / ".data")

    # One job alone reads what production has.
    _edit(sparkjob, "jobs/total.py", 'F.sum("v")', '(F.sum("v") * 100)')
    planned = sparkjob("plan", "total", "--env", "dev", "--json")
    assert planned.code == 0, planned.err
    (line,) = json.loads(planned.out)
    assert line["reads"][0].endswith(" of local")
    told = sparkjob("run", "total", "--env", "dev")
    assert told.code == 0, told.out + told.err
    assert _sums(sparkjob) == {2000}
    assert "unchanged" in sparkjob("run", "total", "--env", "dev").out
    assert not (sparkjob.project.root / ".sandbox" / "small.good").exists()

    # What the run makes itself is read back.
    _edit(sparkjob, "jobs/split.py", '"v") + add', '"v") + F.col("sensor") % 19')
    _edit(sparkjob, "jobs/split.py", 'to_be_between("v", 0, 9)', QUARANTINE)
    told = sparkjob("run", "split+", "--env", "dev")
    assert told.code == 0, told.out + told.err
    assert (sparkjob.project.root / ".sandbox" / "small.good__quarantine").is_dir()
    assert _sums(sparkjob) != {2000}

    _edit(sparkjob, "jobs/split.py", QUARANTINE, 'to_be_between("v", 100, 109)')
    assert sparkjob("run", "split+", "--env", "dev").code == 65
    for command in ("status", "checks run small.total", "plan --force", "history total", "validate"):
        sparkjob(*command.split(), "--env", "dev")
    for command in ("rollback total --to 1", "compact --all", "clean --yes"):
        told = sparkjob(*command.split(), "--env", "dev")
        assert told.code == 0, told.out + told.err
    assert _files(sparkjob.project.root / ".data") == before


def test_what_production_lacks_is_waited_for(sparkjob: Caller) -> None:
    """75, and the hint says whose data it is and how to make it here."""
    sparkjob.project.write("configs/dev.yml", DEV)
    told = sparkjob("run", "total", "--env", "dev")
    assert told.code == 75
    assert "is read from local; sparkjob run +total --env dev runs also what makes it." in told.out + told.err
