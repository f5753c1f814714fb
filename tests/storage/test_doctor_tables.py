"""`sparkjob doctor` on tables: who else writes to them, and what no run would publish to."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, TableFeatures, write_deltalake

from tests.storage.lake import BAD, GOOD, Lake, make_lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Both outputs of `split` are published."""
    lake = make_lake(tmp_path)
    lake.run(1)
    return lake


def _table(lake: Lake, dataset: str) -> DeltaTable:
    return DeltaTable(lake.project.table(dataset))


def _said(lake: Lake, state: str, dataset: str) -> list[str]:
    """The findings of that state on a dataset."""
    told = lake.call("doctor")
    assert told.code in (0, 64), told.err
    assert (told.code == 64) is ("\n  fault" in f"\n{told.out}")
    lines = [line.split(maxsplit=2) for line in told.out.splitlines()]
    return [line[2] for line in lines if line[:2] == [state, dataset]]


def test_tables_that_jobs_alone_write_are_good(lake: Lake) -> None:
    """Our own commits, the one that creates the table too, are nobody else's."""
    assert _said(lake, "good", GOOD) == ["delta, version 1, written by jobs alone"]
    assert _said(lake, "good", BAD)


def test_a_commit_of_another_engine_is_named(lake: Lake) -> None:
    """With its engine, its operation and the version: a warning on a disk."""
    _table(lake, GOOD).delete("sensor = 2")
    found = _said(lake, "warning", GOOD)
    assert len(found) == 1
    assert found[0].startswith("DELETE by delta-rs")
    assert "1 times, last in version 2" in found[0]
    assert lake.call("doctor").code == 0


def test_what_no_run_publishes_to_is_a_fault(lake: Lake) -> None:
    """A property that forgets generations, and a feature that is not on the list, by name."""
    _table(lake, GOOD).alter.set_table_properties(
        {"delta.setTransactionRetentionDuration": "interval 7 days"}, raise_if_not_exists=False
    )
    _table(lake, BAD).alter.add_feature(TableFeatures.RowTracking, allow_protocol_versions_increase=True)
    assert "delta.setTransactionRetentionDuration" in _said(lake, "fault", GOOD)[0]
    assert "rowTracking" in "".join(_said(lake, "fault", BAD))


def test_a_table_of_others_in_our_place_is_a_fault(lake: Lake) -> None:
    """Nobody's table is published over."""
    write_deltalake(lake.project.table("small.total"), pa.table({"day": ["2013-01-01"]}))
    assert "the table was not made by sparkjob" in _said(lake, "fault", "small.total")


def test_a_log_that_cannot_be_read_is_a_fault_of_its_own(lake: Lake) -> None:
    """The other tables are looked at all the same."""
    for commit in lake.project.table(GOOD).glob("_delta_log/*.json"):
        commit.write_text("{not json")
    assert _said(lake, "fault", GOOD)
    assert _said(lake, "good", BAD)


def test_auto_compaction_is_a_warning(lake: Lake) -> None:
    """It makes jobs run again."""
    _table(lake, GOOD).alter.set_table_properties(
        {"delta.autoOptimize.autoCompact": "true"}, raise_if_not_exists=False
    )
    assert "autoCompact" in _said(lake, "warning", GOOD)[0]
