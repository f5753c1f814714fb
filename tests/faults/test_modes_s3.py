"""Every mode by Spark on S3, Delta and Parquet: its rows are those that plain Python makes of the changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from framework import Interval
from framework.environment.location import Location
from tests.faults.processes import Resident
from tests.s3.modes import D1, D2, D3, D4, JOBS, MERGED, NAMES, Modes, make_modes
from tests.s3.serving import S3


@pytest.fixture
def bucket(s3: S3, monkeypatch: pytest.MonkeyPatch) -> Location:
    """A bucket; this process and its children find it by variables."""
    s3.set_in(monkeypatch)
    return s3.new_bucket()


@pytest.fixture
def resident(bucket: Location, tmp_path: Path) -> Iterator[Resident]:
    """One Spark for all runs of the test."""
    with Resident(tmp_path) as resident:
        yield resident


def _optimize(modes: Modes, *datasets: str) -> None:
    """Somebody writes the same rows into other files."""
    for dataset in datasets:
        modes.world(dataset).delta().optimize.z_order(["id"])


def _look(modes: Modes, *days: Interval, merged: tuple[Interval, ...] | None = None) -> None:
    """All rows are those of these days; `merged`: where the days of the merged tables are others."""
    wanted = {**modes.wanted(*days), **modes.wanted(*(days if merged is None else merged), only=MERGED)}
    assert {dataset: modes.rows(dataset) for dataset in wanted} == wanted


def test_every_mode_on_s3(resident: Resident, bucket: Location, tmp_path: Path) -> None:
    """An older day that comes late, a foreign OPTIMIZE, a key that is NULL, a day without rows, and again."""
    modes = make_modes(tmp_path / "project", bucket)
    modes.write(D1, [(n, n, "U", n, "old") for n in range(len(NAMES))])
    modes.write(D2, [(n, 20 + n, "UD"[n % 2], (n + 1) % len(NAMES), "new") for n in range(2, 8)])
    modes.write(D3, [(None, 40, "U", 0, "no key"), (1, 41, "U", 8, "newest")])
    modes.write(D4, [])

    assert modes.run(resident, D2) == dict.fromkeys(JOBS, "published")
    _look(modes, D2)
    _optimize(modes, "s.delta", "s.log", *MERGED)
    refused = {"replaced": "published", "appended": "misconfigured", "merged": "misconfigured"}
    assert modes.run(resident, D2) == refused
    assert modes.run(resident, D2, force=True) == dict.fromkeys(JOBS, "published")
    assert modes.run(resident, D1) == dict.fromkeys(JOBS, "published")
    _look(modes, D1, D2)

    assert modes.run(resident, D3) == {**dict.fromkeys(JOBS, "published"), "merged": "rejected"}
    assert modes.run(resident, D4) == dict.fromkeys(JOBS, "published")
    assert modes.run(resident, D1, D2, D4) == dict.fromkeys(JOBS, "unchanged")
    _look(modes, D1, D2, D3, merged=(D1, D2))
