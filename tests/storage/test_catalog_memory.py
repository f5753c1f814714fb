"""What a Hive metastore was told is remembered, and never for longer than it is true."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from framework import Interval
from framework.environment.catalog import Catalog
from framework.environment.location import Location
from framework.errors import MisconfiguredError, RetryError
from framework.publish.catalog import show
from framework.publish.catalog.entry import Values
from framework.publish.catalog.protocol import Shown as CatalogShown
from tests.storage.publishing import D1, D2, World, parquet_world, rows_of

HIVE = Catalog(type="hive", database="flights", table="t")


@dataclass
class Metastore:
    """Partitions in memory, as `CatalogClient` tells them; it counts how often it is told."""

    places: dict[Values, str] = field(default_factory=dict)
    calls: int = 0
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None

    def show(self, catalog: Catalog, shown: CatalogShown) -> bool:
        """See `CatalogClient.show`."""
        before, self.before = self.before, lambda: None
        before()
        self.calls += 1
        self.places |= shown.folders
        after, self.after = self.after, lambda: None
        after()
        return True


@dataclass
class Shown:
    """A table, the metastore that shows it, and what is kept of that in the state."""

    world: World
    metastore: Metastore
    state: Path

    def publish(self, interval: Interval, code: str) -> None:
        """A new generation, of which the metastore is told nothing yet."""
        self.world.run({interval: rows_of(interval, code)}, code=code)

    def show(self, *intervals: Interval) -> None:
        """What every run does at its end."""
        binding = replace(self.world.binding, catalog=HIVE)
        state = Location(uri=str(self.state))
        show.show_published(binding, intervals, spark=lambda: pytest.fail("not asked"), state=state)

    @property
    def is_true(self) -> bool:
        """Whether the metastore says where the published files are."""
        folders = {path.rpartition("/")[0] for path in self.world.pointed()}
        return set(self.metastore.places.values()) == folders


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """A table of which the metastore was told one day."""
    metastore = Metastore()
    monkeypatch.setattr(show, "client_of", lambda *_: metastore)
    found = Shown(parquet_world(tmp_path / "lake").prepare(), metastore, tmp_path / "state")
    found.publish(D1, "v1")
    found.show(D1)
    return found


def _raise(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def _late(shown: Shown, *, ends: BaseException) -> None:
    """One run reads its own generation, another tells a newer one, then the first tells its own, and ends."""

    def overtake() -> None:
        shown.publish(D1, "v3")
        shown.show(D1)
        shown.metastore.after = _raise(ends)

    shown.publish(D1, "v2")
    shown.metastore.before = overtake
    with pytest.raises(type(ends)):
        shown.show(D1)
    assert not shown.is_true


def test_what_it_was_told_is_not_told_again(shown: Shown) -> None:
    """An idle run starts no Spark."""
    calls = shown.metastore.calls
    shown.show(D1)
    assert shown.metastore.calls == calls
    shown.publish(D2, "v1")
    shown.show(D1, D2)
    assert shown.metastore.calls == calls + 1
    assert shown.is_true


@pytest.mark.parametrize("ends", [KeyboardInterrupt("killed"), RetryError("away")], ids=["killed", "fails"])
def test_who_comes_late_and_ends_before_it_looks_again_is_put_right_by_the_next_run(
    shown: Shown, ends: BaseException
) -> None:
    """The other run has remembered the newer generation, and the metastore says the older one."""
    _late(shown, ends=ends)
    shown.show(D1)
    assert shown.is_true


def test_a_dead_teller_counts_for_an_hour(shown: Shown) -> None:
    """Then idle runs start no Spark again, and who tells the next time takes its object away."""
    _late(shown, ends=KeyboardInterrupt("killed"))
    shown.show(D1)
    calls = shown.metastore.calls
    shown.show(D1)
    assert shown.metastore.calls == calls + 1, "nobody knows whether it is dead"
    (left,) = (shown.state / "catalogs" / shown.world.binding.dataset).iterdir()
    os.utime(left, (left.stat().st_mtime - 3700,) * 2)
    shown.show(D1)
    assert shown.metastore.calls == calls + 1
    shown.publish(D1, "v4")
    shown.show(D1)
    assert not left.exists()


def test_what_is_refused_before_anything_was_said_leaves_nothing_behind(shown: Shown) -> None:
    """No database: when it is there, the first run tells, and the second has nothing to tell."""
    shown.publish(D1, "v2")
    shown.metastore.before = _raise(MisconfiguredError("there is no such database"))
    with pytest.raises(MisconfiguredError):
        shown.show(D1)
    shown.show(D1)
    calls = shown.metastore.calls
    shown.show(D1)
    assert shown.metastore.calls == calls
